/**
 * Prometheus configuration: where the metrics of services are scraped, and which rules are evaluated.
 *
 *   static       addresses that are known                                 ─┐
 *   kubernetes   pods labelled `app.kubernetes.io/name: NAME`              ├─▶ one job for each service, named like it
 *   consul       instances registered as NAME, at their admin port        ─┘
 *
 * The job's name is what the rules select by.
 */
import { promDuration } from './burn-window.ts'
import type { SloDeclaration } from './slo-declaration.ts'

export type Discovery = StaticDiscovery | KubernetesDiscovery | ConsulDiscovery

export interface StaticDiscovery {
  readonly kind: 'static'
  /** `host:port` of admin ports, by service; default `127.0.0.1` and the declared admin port. */
  readonly targets?: Readonly<Record<string, readonly string[]>>
}

export interface KubernetesDiscovery {
  readonly kind: 'kubernetes'
  /** Default all of them, which Prometheus must be allowed to list. */
  readonly namespaces?: readonly string[]
}

export interface ConsulDiscovery {
  readonly kind: 'consul'
  /** `host:port` of an agent; default `127.0.0.1:8500`. */
  readonly server?: string
}

export interface PrometheusConfigOptions {
  /** Default static. */
  readonly discovery?: Discovery
  /** Files with rules, patterns allowed; default none. */
  readonly ruleFiles?: readonly string[]
  /** `host:port` of dashboards, which expose what they see of the topology; default none. */
  readonly dashboards?: readonly string[]
  /** Holds the token of the dashboards; Prometheus reads it, relative to its configuration. */
  readonly dashboardTokenFile?: string
  /** `host:port` of alertmanagers; default none, so that alerts are only shown. */
  readonly alertmanagers?: readonly string[]
  /** Between two scrapes, in seconds; default 15. More than a quarter of the shortest window, 75, and rates have gaps. */
  readonly scrapeSeconds?: number
  /** Between two evaluations of the rules, in seconds; default 30. */
  readonly evaluationSeconds?: number
}

/** `prometheus.yml` as a plain value. */
export function prometheusConfig(
  services: readonly SloDeclaration[],
  options: PrometheusConfigOptions = {},
): Record<string, unknown> {
  const { discovery = { kind: 'static' }, ruleFiles = [], alertmanagers = [], dashboards = [] } = options
  const { scrapeSeconds = 15, evaluationSeconds = 30 } = options
  return {
    global: { scrape_interval: promDuration(scrapeSeconds), evaluation_interval: promDuration(evaluationSeconds) },
    ...(ruleFiles.length > 0 && { rule_files: ruleFiles }),
    ...(alertmanagers.length > 0 && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    }),
    scrape_configs: [
      ...services.map((service) => ({
        job_name: service.name,
        metrics_path: '/metrics',
        ...scrapeOf(service, discovery),
      })),
      ...(dashboards.length > 0 ? [dashboardScrape(dashboards, options.dashboardTokenFile)] : []),
    ],
  }
}

function dashboardScrape(targets: readonly string[], tokenFile: string | undefined): Record<string, unknown> {
  return {
    job_name: 'genever-dashboard',
    metrics_path: '/metrics',
    ...(tokenFile !== undefined && { authorization: { credentials_file: tokenFile } }),
    static_configs: [{ targets }],
  }
}

function scrapeOf({ name, ports }: SloDeclaration, discovery: Discovery): Record<string, unknown> {
  const adminPort = ports?.admin ?? 9090
  switch (discovery.kind) {
    case 'static':
      return { static_configs: [{ targets: discovery.targets?.[name] ?? [`127.0.0.1:${adminPort}`] }] }
    case 'kubernetes':
      return kubernetesScrape(name, adminPort, discovery)
    case 'consul':
      return consulScrape(name, adminPort, discovery)
  }
}

/** A pod is a target once for each of its declared ports; the admin port's is the one to keep. */
function kubernetesScrape(name: string, adminPort: number, discovery: KubernetesDiscovery): Record<string, unknown> {
  const { namespaces } = discovery
  return {
    kubernetes_sd_configs: [{ role: 'pod', ...(namespaces !== undefined && { namespaces: { names: namespaces } }) }],
    relabel_configs: [
      keep('__meta_kubernetes_pod_label_app_kubernetes_io_name', name),
      keep('__meta_kubernetes_pod_container_port_number', String(adminPort)),
      { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Succeeded|Failed', action: 'drop' },
      copy('__meta_kubernetes_namespace', 'namespace'),
      copy('__meta_kubernetes_pod_name', 'pod'),
      copy('__meta_kubernetes_pod_label_app_kubernetes_io_version', 'version'),
    ],
  }
}

/** What is registered is the traffic port; metrics are at the admin port, which an instance may name in its metadata. */
function consulScrape(name: string, adminPort: number, discovery: ConsulDiscovery): Record<string, unknown> {
  const { server = '127.0.0.1:8500' } = discovery
  const atPort = (source: readonly string[], regex: string, port: string): Record<string, unknown> => ({
    source_labels: source,
    regex,
    target_label: '__address__',
    replacement: `$1:${port}`,
  })
  return {
    consul_sd_configs: [{ server, services: [name] }],
    relabel_configs: [
      atPort(['__address__'], '(.+):\\d+', String(adminPort)),
      atPort(['__address__', '__meta_consul_service_metadata_admin_port'], '(.+):\\d+;(\\d+)', '$2'),
      copy('__meta_consul_dc', 'datacenter'),
      copy('__meta_consul_service_id', 'instance_id'),
      copy('__meta_consul_service_metadata_version', 'version'),
    ],
  }
}

function keep(label: string, regex: string): Record<string, unknown> {
  return { source_labels: [label], regex, action: 'keep' }
}

function copy(label: string, target: string): Record<string, unknown> {
  return { source_labels: [label], target_label: target }
}
