module benchmarks/net-http

go 1.25
