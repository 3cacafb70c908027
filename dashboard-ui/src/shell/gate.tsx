/** Where a visitor without a session comes in: by the printed link, or by the token. */
import { useState } from 'preact/hooks'
import { BrandMark } from '../parts/brand-mark.tsx'
import { enter, type SessionState, unlock } from './session.ts'

export function Gate({ state }: { readonly state: Exclude<SessionState, { kind: 'open' }> }) {
  if (state.kind === 'opening') return <p class="loading">Opening …</p>
  return (
    <main class="gate">
      <BrandMark />
      {state.kind === 'locked' ? <TokenForm reason={state.reason} /> : <Unreachable reason={state.reason} />}
    </main>
  )
}

function TokenForm({ reason }: { readonly reason: string }) {
  const [token, setToken] = useState('')
  return (
    <>
      <h1>The dashboard needs its token</h1>
      <p class="muted">
        Open the link that was printed where the dashboard was started; it ends in <code>#token=…</code>. Or paste the
        token:
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void unlock(token.trim().replace(/^.*#token=/, ''))
        }}
      >
        <input
          class="input"
          type="password"
          autocomplete="off"
          aria-label="Token"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="button button-main" disabled={token.trim() === ''}>
          Open
        </button>
      </form>
      {reason !== '' && (
        <p class="is-bad" role="alert">
          {reason}
        </p>
      )}
    </>
  )
}

function Unreachable({ reason }: { readonly reason: string }) {
  return (
    <>
      <h1>The dashboard does not answer</h1>
      <p class="muted" role="alert">
        {reason}
      </p>
      <p>
        <button type="button" class="button" onClick={() => void enter()}>
          Try again
        </button>
      </p>
    </>
  )
}
