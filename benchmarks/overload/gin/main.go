// Gin as it comes. It has no protection against overload; a goroutine is made for each request.
package main

import (
	"math"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

func spin(steps int) uint32 {
	x := uint32(1)
	for range steps {
		x = x*1664525 + 1013904223
	}
	return x
}

// burnFor gives a function that takes ms of this core when nobody else wants it: the same number of steps each time.
func burnFor(ms float64) func() uint32 {
	const sampleSteps = 4_000_000
	best := math.Inf(1)
	for range 8 {
		start := time.Now()
		sink = spin(sampleSteps)
		best = min(best, time.Since(start).Seconds()*1000)
	}
	steps := int(sampleSteps / best * ms)
	return func() uint32 { return spin(steps) }
}

var sink uint32

func number(name string, otherwise float64) float64 {
	if value, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return value
	}
	return otherwise
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	wait := time.Duration(number("WAIT_MS", 0) * float64(time.Millisecond))
	burn := burnFor(number("WORK_MS", 5))
	router := gin.New()
	router.Use(gin.Recovery())
	work := func(c *gin.Context) {
		if wait > 0 {
			time.Sleep(wait)
		} else {
			sink = burn()
		}
		c.JSON(http.StatusOK, gin.H{"done": true})
	}
	router.GET("/ping", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "pong"}) })
	router.GET("/work", work)
	router.GET("/vip", work)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()
	if err := router.Run("127.0.0.1:" + os.Getenv("PORT")); err != nil {
		panic(err)
	}
}
