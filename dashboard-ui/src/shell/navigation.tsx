/** The pages, in their groups. */
import { Icon } from '../parts/icon.tsx'
import { type PageEntry, pages } from '../routing/pages.ts'

export interface NavigationProps {
  readonly path: string
  /** Marks beside a page's name, such as how many services are in trouble. */
  readonly marks: Readonly<Record<string, number>>
}

const groups = ['System', 'Telemetry', 'Tools'] as const

export function Navigation({ path, marks }: NavigationProps) {
  return (
    <nav aria-label="Pages" class="stack" style={{ gap: 'var(--gap-4)' }}>
      {groups.map((group) => (
        <div key={group}>
          <h2 class="nav-group">{group}</h2>
          <ul class="nav-group-list">
            {pages
              .filter((page) => page.group === group)
              .map((page) => (
                <li key={page.path}>
                  <NavigationLink page={page} isCurrent={isBelow(path, page.path)} mark={marks[page.path] ?? 0} />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

interface LinkProps {
  readonly page: PageEntry
  readonly isCurrent: boolean
  readonly mark: number
}

function NavigationLink({ page, isCurrent, mark }: LinkProps) {
  return (
    <a class="nav-link" href={page.path} aria-current={isCurrent ? 'page' : undefined} title={page.purpose}>
      <Icon name={page.icon} />
      {page.name}
      {mark > 0 && <span class="nav-badge">{mark}</span>}
    </a>
  )
}

function isBelow(path: string, page: string): boolean {
  return path === page || path.startsWith(`${page}/`) || (path === '/' && page === '/services')
}
