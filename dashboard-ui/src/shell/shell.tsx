/** What stands around every page: navigation, palette, keys, the state of the live link. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SessionView } from '../../../src/dashboard/contract/session.ts'
import { BrandMark } from '../parts/brand-mark.tsx'
import { Icon } from '../parts/icon.tsx'
import { usePlace } from '../routing/place.ts'
import { HelpDialog } from './help-dialog.tsx'
import { startKeyboard } from './keyboard.ts'
import { PageView } from './page-view.tsx'
import { Palette } from './palette.tsx'
import { Sidebar } from './sidebar.tsx'
import { useServices } from './use-services.ts'

export function Shell({ view }: { readonly view: SessionView }) {
  const { path } = usePlace()
  const [dialog, setDialog] = useState<'palette' | 'help' | undefined>()
  const [isMenuOpen, setMenuOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const services = useServices()
  const openPalette = (): void => setDialog('palette')

  useEffect(() => startKeyboard({ openPalette, openHelp: () => setDialog('help') }), [])
  useEffect(() => setMenuOpen(false), [path])

  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <div class="topbar">
        <button
          type="button"
          class="button button-quiet button-icon"
          aria-label="Menu"
          aria-expanded={isMenuOpen}
          onClick={() => setMenuOpen(true)}
        >
          <Icon name="menu" />
        </button>
        <div class="brand">
          <BrandMark />
          <span class="brand-name">Genever</span>
        </div>
        <button type="button" class="button button-quiet button-icon" aria-label="Find" onClick={openPalette}>
          <Icon name="search" />
        </button>
      </div>
      <Sidebar
        path={path}
        workspace={view.workspace}
        version={view.version}
        services={services}
        isOpen={isMenuOpen}
        onPalette={openPalette}
        onHelp={() => setDialog('help')}
      />
      {isMenuOpen && (
        <button type="button" class="scrim" aria-label="Close the menu" onClick={() => setMenuOpen(false)} />
      )}
      <main class="main" id="main" tabIndex={-1} ref={main}>
        <PageView path={path} />
      </main>
      {dialog === 'palette' && (
        <Palette services={services.map(({ name }) => name)} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'help' && <HelpDialog onClose={() => setDialog(undefined)} />}
    </div>
  )
}
