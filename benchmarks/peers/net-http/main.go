// Go's own net/http and encoding/json, nothing else: checks are written by hand.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"net/mail"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

type Order struct {
	ID       int     `json:"id"`
	Name     string  `json:"name"`
	Email    string  `json:"email"`
	Age      int     `json:"age"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
	Currency string  `json:"currency"`
	Address  string  `json:"address"`
	Phone    string  `json:"phone"`
	// A pointer, so that false is told apart from absent.
	Active *bool `json:"active"`
}

// problem names the first field that breaks its rule, or nothing.
func (o *Order) problem() string {
	switch {
	case o.ID < 1:
		return "id"
	case !lengthWithin(o.Name, 2, 50):
		return "name"
	case !isEmail(o.Email):
		return "email"
	case o.Age < 18 || o.Age > 120:
		return "age"
	case o.Quantity < 1 || o.Quantity > 1000:
		return "quantity"
	case o.Price <= 0:
		return "price"
	case o.Currency != "USD" && o.Currency != "EUR" && o.Currency != "CNY":
		return "currency"
	case utf8.RuneCountInString(o.Address) < 5:
		return "address"
	case !lengthWithin(o.Phone, 7, 20):
		return "phone"
	case o.Active == nil:
		return "active"
	}
	return ""
}

func lengthWithin(text string, least, most int) bool {
	length := utf8.RuneCountInString(text)
	return length >= least && length <= most
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

type Item struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Price  float64  `json:"price"`
	Tags   []string `json:"tags"`
	Active bool     `json:"active"`
	Note   string   `json:"note"`
}

type Catalogue struct {
	Items []Item `json:"items"`
}

type Message struct {
	Message string `json:"message"`
}

type User struct {
	ID   string `json:"id"`
	Page string `json:"page"`
	Q    string `json:"q"`
}

type Ok struct {
	Ok bool `json:"ok"`
}

type Problem struct {
	Error string `json:"error"`
}

func newCatalogue() Catalogue {
	items := make([]Item, 100)
	for i := range items {
		items[i] = Item{
			ID: i, Name: "item number " + strconv.Itoa(i), Price: float64(i*3) + 0.5,
			Tags: []string{"alpha", "beta"}, Active: i%2 == 1, Note: "some text here",
		}
	}
	return Catalogue{Items: items}
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, "could not write the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

var depth int

func layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		depth++
		next.ServeHTTP(w, r)
		depth--
	})
}

func pong(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, Message{"pong"})
}

func user(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	sendJSON(w, http.StatusOK, User{r.PathValue("id"), query.Get("page"), query.Get("q")})
}

func createOrder(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&order); err != nil {
		sendJSON(w, http.StatusBadRequest, Problem{err.Error()})
		return
	}
	if field := order.problem(); field != "" {
		sendJSON(w, http.StatusBadRequest, Problem{field + " is not valid"})
		return
	}
	sendJSON(w, http.StatusOK, &order)
}

var parameter = regexp.MustCompile(`:(\w+)`)

func addGithubRoutes(mux *http.ServeMux) error {
	routes, err := os.ReadFile(os.Getenv("GITHUB_ROUTES"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(routes)), "\n") {
		method, path, _ := strings.Cut(line, " ")
		pattern := method + " /gh" + parameter.ReplaceAllString(path, "{$1}")
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			sendJSON(w, http.StatusOK, Ok{true})
		})
	}
	return nil
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", pong)
	mux.HandleFunc("GET /users/{id}", user)
	mux.HandleFunc("POST /orders", createOrder)
	if err := addGithubRoutes(mux); err != nil {
		log.Fatal(err)
	}
	mux.Handle("GET /mw", layer(layer(layer(layer(layer(http.HandlerFunc(pong)))))))
	catalogue := newCatalogue()
	mux.HandleFunc("GET /big", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, &catalogue) })

	serve(mux)
}

// serve listens until SIGTERM and lets open requests end.
func serve(handler http.Handler) {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: handler}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	<-stop.Done()
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		log.Fatal(err)
	}
}
