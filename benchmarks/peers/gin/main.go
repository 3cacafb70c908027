// Gin in release mode, with encoding/json and binding tags, as its guide has it.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

type Order struct {
	ID       int     `json:"id" binding:"required,min=1"`
	Name     string  `json:"name" binding:"required,min=2,max=50"`
	Email    string  `json:"email" binding:"required,email"`
	Age      int     `json:"age" binding:"required,min=18,max=120"`
	Quantity int     `json:"quantity" binding:"required,min=1,max=1000"`
	Price    float64 `json:"price" binding:"required,gt=0"`
	Currency string  `json:"currency" binding:"required,oneof=USD EUR CNY"`
	Address  string  `json:"address" binding:"required,min=5"`
	Phone    string  `json:"phone" binding:"required,min=7,max=20"`
	// A pointer, so that false is told apart from absent.
	Active *bool `json:"active" binding:"required"`
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

var depth int

func layer(c *gin.Context) {
	depth++
	c.Next()
	depth--
}

func pong(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"message": "pong"})
}

func user(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"id": c.Param("id"), "page": c.Query("page"), "q": c.Query("q")})
}

func createOrder(c *gin.Context) {
	var order Order
	if err := c.ShouldBindJSON(&order); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	c.JSON(http.StatusOK, order)
}

func addGithubRoutes(group *gin.RouterGroup) error {
	routes, err := os.ReadFile(os.Getenv("GITHUB_ROUTES"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(routes)), "\n") {
		method, path, _ := strings.Cut(line, " ")
		group.Handle(method, path, func(c *gin.Context) {
			c.JSON(http.StatusOK, gin.H{"ok": true})
		})
	}
	return nil
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	// gin.Default without its logger: no peer writes an access log.
	router := gin.New()
	router.Use(gin.Recovery())

	router.GET("/ping", pong)
	router.GET("/users/:id", user)
	router.POST("/orders", createOrder)
	if err := addGithubRoutes(router.Group("/gh")); err != nil {
		log.Fatal(err)
	}
	router.GET("/mw", layer, layer, layer, layer, layer, pong)
	catalogue := newCatalogue()
	router.GET("/big", func(c *gin.Context) { c.JSON(http.StatusOK, catalogue) })

	serve(router)
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
