/** Routes by service. */
import type { RouteView, ServiceRoutes } from '../../../../src/dashboard/contract/routes.ts'
import { ServiceTag } from '../../parts/service-tag.tsx'

export interface RouteListProps {
  readonly services: readonly ServiceRoutes[]
  /** In lower case; '' shows all. */
  readonly find: string
  /** `service METHOD /path` */
  readonly chosen: string | undefined
  readonly onChoose: (service: string, route: RouteView) => void
}

export function RouteList({ services, find, chosen, onChoose }: RouteListProps) {
  return (
    <ul aria-label="Routes">
      {services.map(({ service, routes, hasOpenApi }) => {
        const shown = routes.filter(({ method, path, name }) =>
          `${service} ${method} ${path} ${name}`.toLowerCase().includes(find),
        )
        return (
          <li key={service} class="route-group">
            <h3>
              <ServiceTag name={service} />
            </h3>
            {!hasOpenApi && <p class="faint route-note">It is not running, or serves no /openapi.json.</p>}
            {shown.map((route) => (
              <button
                key={`${route.method} ${route.path}`}
                type="button"
                class="metric-button"
                aria-pressed={`${service} ${route.method} ${route.path}` === chosen}
                title={route.summary || route.name}
                onClick={() => onChoose(service, route)}
              >
                <span class="route-name truncate">
                  <span class="method">{route.method}</span> <span>{route.path}</span>
                </span>
              </button>
            ))}
          </li>
        )
      })}
    </ul>
  )
}
