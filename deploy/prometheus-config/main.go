// Reads Prometheus configurations as Prometheus does, with the discoveries that builds of distributions leave out.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/consul"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
)

func main() {
	for _, name := range os.Args[1:] {
		loaded, err := config.LoadFile(name, false, slog.Default())
		if err != nil {
			fmt.Println(name, err)
			os.Exit(1)
		}
		jobs, err := loaded.GetScrapeConfigs()
		if err != nil {
			fmt.Println(name, err)
			os.Exit(1)
		}
		for _, job := range jobs {
			for _, found := range job.ServiceDiscoveryConfigs {
				fmt.Println(job.JobName, found.Name())
			}
		}
	}
}
