// The same operations in Go, on one core, as JavaScript has one. Prints one line of JSON for each.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"sync"
	"time"
)

type figure struct {
	Operation string  `json:"operation"`
	Name      string  `json:"name"`
	Ns        float64 `json:"ns"`
	Bytes     float64 `json:"bytes,omitempty"`
}

var printer = json.NewEncoder(os.Stdout)

// measure prints the best of several rounds of count operations.
func measure(operation string, count int, round func(count int)) {
	best := time.Duration(1 << 62)
	for range 9 {
		started := time.Now()
		round(count)
		best = min(best, time.Since(started))
	}
	printer.Encode(figure{operation, "Go", float64(best.Nanoseconds()) / float64(count), 0})
}

func main() {
	runtime.GOMAXPROCS(1)
	measure("tasks started and joined", 10_000, startAndJoin)
	measure("tasks, 100 at a time", 10_000, startAndJoinLimited)
	measure("channel hand-over", 100_000, func(count int) { handOver(make(chan int), count) })
	measure("channel, buffer of 100", 100_000, func(count int) { handOver(make(chan int, 100), count) })
	measure("select of two channels", 100_000, selectOfTwo)
	measure("mutex, free", 1_000_000, lockFree)
	measure("mutex, 100 waiting", 100_000, lockContended)
	measure("pool, get and put", 1_000_000, getAndPut)
	memory(10_000)
}

func startAndJoin(count int) {
	var group sync.WaitGroup
	for range count {
		group.Go(runtime.Gosched)
	}
	group.Wait()
}

func startAndJoinLimited(count int) {
	var group sync.WaitGroup
	permits := make(chan struct{}, 100)
	for range count {
		permits <- struct{}{}
		group.Go(func() {
			runtime.Gosched()
			<-permits
		})
	}
	group.Wait()
}

func handOver(channel chan int, count int) {
	go func() {
		for value := range count {
			channel <- value
		}
		close(channel)
	}()
	for range channel {
	}
}

func selectOfTwo(count int) {
	left, right := make(chan int), make(chan int)
	go send(left, count/2)
	go send(right, count/2)
	for range count {
		select {
		case <-left:
		case <-right:
		}
	}
}

func send(channel chan int, count int) {
	for value := range count {
		channel <- value
	}
}

func lockFree(count int) {
	var mutex sync.Mutex
	for range count {
		mutex.Lock()
		mutex.Unlock()
	}
}

func lockContended(count int) {
	var mutex sync.Mutex
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			for range count / 100 {
				mutex.Lock()
				runtime.Gosched()
				mutex.Unlock()
			}
		})
	}
	group.Wait()
}

type buffer struct{ bytes [4096]byte }

func getAndPut(count int) {
	pool := sync.Pool{New: func() any { return new(buffer) }}
	for range count {
		kept := pool.Get().(*buffer)
		kept.bytes[0]++
		pool.Put(kept)
	}
}

// memory of one task that waits, with its stack.
func memory(count int) {
	gate := make(chan struct{})
	before := inUse()
	for range count {
		go func() { <-gate }()
	}
	runtime.Gosched()
	after := inUse()
	printer.Encode(figure{"memory of a waiting task", "Go", 0, (after - before) / float64(count)})
	close(gate)
}

func inUse() float64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc + stats.StackInuse)
}
