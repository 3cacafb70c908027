// Fiber on fasthttp, with the validator that its guide shows.
package main

import (
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v3"
)

type Order struct {
	ID       int     `json:"id" validate:"required,min=1"`
	Name     string  `json:"name" validate:"required,min=2,max=50"`
	Email    string  `json:"email" validate:"required,email"`
	Age      int     `json:"age" validate:"required,min=18,max=120"`
	Quantity int     `json:"quantity" validate:"required,min=1,max=1000"`
	Price    float64 `json:"price" validate:"required,gt=0"`
	Currency string  `json:"currency" validate:"required,oneof=USD EUR CNY"`
	Address  string  `json:"address" validate:"required,min=5"`
	Phone    string  `json:"phone" validate:"required,min=7,max=20"`
	// A pointer, so that false is told apart from absent.
	Active *bool `json:"active" validate:"required"`
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

type structValidator struct{ validate *validator.Validate }

func (v *structValidator) Validate(out any) error { return v.validate.Struct(out) }

var depth int

func layer(c fiber.Ctx) error {
	depth++
	err := c.Next()
	depth--
	return err
}

func pong(c fiber.Ctx) error {
	return c.JSON(fiber.Map{"message": "pong"})
}

func user(c fiber.Ctx) error {
	return c.JSON(fiber.Map{"id": c.Params("id"), "page": c.Query("page"), "q": c.Query("q")})
}

func createOrder(c fiber.Ctx) error {
	var order Order
	if err := c.Bind().JSON(&order); err != nil {
		return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"error": err.Error()})
	}
	return c.JSON(order)
}

func addGithubRoutes(group fiber.Router) error {
	routes, err := os.ReadFile(os.Getenv("GITHUB_ROUTES"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(routes)), "\n") {
		method, path, _ := strings.Cut(line, " ")
		group.Add([]string{method}, path, func(c fiber.Ctx) error {
			return c.JSON(fiber.Map{"ok": true})
		})
	}
	return nil
}

func main() {
	app := fiber.New(fiber.Config{StructValidator: &structValidator{validator.New()}})

	app.Get("/ping", pong)
	app.Get("/users/:id", user)
	app.Post("/orders", createOrder)
	if err := addGithubRoutes(app.Group("/gh")); err != nil {
		log.Fatal(err)
	}
	app.Get("/mw", layer, layer, layer, layer, layer, pong)
	catalogue := newCatalogue()
	app.Get("/big", func(c fiber.Ctx) error { return c.JSON(catalogue) })

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		if err := app.Shutdown(); err != nil {
			log.Fatal(err)
		}
	}()
	address := "127.0.0.1:" + os.Getenv("PORT")
	if err := app.Listen(address, fiber.ListenConfig{DisableStartupMessage: true}); err != nil {
		log.Fatal(err)
	}
}
