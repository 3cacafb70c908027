module genever/benchmarks/concurrency

go 1.25
