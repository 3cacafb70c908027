/** The keys, written down. */
import { Dialog } from '../parts/dialog.tsx'
import { pages } from '../routing/pages.ts'

const general: readonly (readonly [text: string, keys: readonly string[]])[] = [
  ['Find a page, a service, a trace', ['Ctrl', 'K']],
  ['Search on this page', ['/']],
  ['Dark or light', ['d']],
  ['These keys', ['?']],
  ['Row by row', ['↑', '↓']],
  ['Open a row', ['Enter']],
  ['Close what is open', ['Esc']],
  ['Pause or follow the logs', ['p']],
]

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const keys = [...general, ...pages.map(({ name, key }) => [name, ['g', key]] as const)]
  return (
    <Dialog label="Keys" onClose={onClose}>
      <div class="dialog-head">
        <h2>Keys</h2>
        <button type="button" class="button button-small" onClick={onClose}>
          Close
        </button>
      </div>
      <dl class="keys">
        {keys.map(([text, pressed]) => (
          <div key={text}>
            <dt>{text}</dt>
            <dd>
              {pressed.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
