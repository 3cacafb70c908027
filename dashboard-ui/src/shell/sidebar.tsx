/** The side: where one is, where one can go, and whether it is live. */
import type { ServiceView } from '../../../src/dashboard/contract/services.ts'
import { BrandMark } from '../parts/brand-mark.tsx'
import { Icon } from '../parts/icon.tsx'
import { LinkStatus } from './link-status.tsx'
import { Navigation } from './navigation.tsx'
import { ThemeButton } from './theme-button.tsx'

export interface SidebarProps {
  readonly path: string
  readonly workspace: string | null
  readonly version: string
  readonly services: readonly ServiceView[]
  readonly isOpen: boolean
  readonly onPalette: () => void
  readonly onHelp: () => void
}

export function Sidebar({ path, workspace, version, services, isOpen, onPalette, onHelp }: SidebarProps) {
  const troubled = services.filter(({ state, health }) => state === 'crashed' || health === 'DOWN').length
  return (
    <div class="sidebar" data-open={isOpen}>
      <div class="brand" title={`Genever ${version}`}>
        <BrandMark />
        <div>
          <div class="brand-name">Genever</div>
          <div class="brand-workspace">{workspace ?? 'dashboard'}</div>
        </div>
      </div>
      <button type="button" class="palette-open" onClick={onPalette}>
        <Icon name="search" />
        Find
        <kbd>Ctrl K</kbd>
      </button>
      <Navigation path={path} marks={{ '/services': troubled }} />
      <div class="sidebar-foot">
        <div class="foot-row">
          <LinkStatus />
          <span style={{ display: 'flex' }}>
            <button
              type="button"
              class="button button-quiet button-small button-icon"
              aria-label="Keys"
              title="Keys (?)"
              onClick={onHelp}
            >
              <Icon name="keyboard" />
            </button>
            <ThemeButton />
          </span>
        </div>
      </div>
    </div>
  )
}
