/**
 * The app: theme, links and session first, then the shell with the page of the address.
 *
 *   session opening ─▶ locked: the gate asks for the token ─▶ open: the shell
 */
import { render } from 'preact'
import { useSignal } from './live/signal.ts'
import { followLinks } from './routing/place.ts'
import { Gate } from './shell/gate.tsx'
import { enter, session } from './shell/session.ts'
import { Shell } from './shell/shell.tsx'
import { startTheme } from './theme/theme.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/pages.css'
import 'uplot/dist/uPlot.min.css'

function App() {
  const state = useSignal(session)
  return state.kind === 'open' ? <Shell view={state.view} /> : <Gate state={state} />
}

startTheme()
followLinks()
render(<App />, document.querySelector('#app') ?? document.body)
void enter()
