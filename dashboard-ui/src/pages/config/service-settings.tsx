/** The settings of one service. */
import type { ConfigView, ServiceConfig, SettingView } from '../../../../src/dashboard/contract/config.ts'
import { plural } from '../../format/numbers.ts'
import { Icon } from '../../parts/icon.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'

export interface ServiceSettingsProps {
  readonly service: ServiceConfig
  /** In lower case; '' shows all. */
  readonly find: string
}

export function ServiceSettings({ service: { service, config, reason }, find }: ServiceSettingsProps) {
  const settings = (config?.settings ?? []).filter((setting) => textOf(setting).includes(find))
  if (find !== '' && settings.length === 0) return null
  return (
    <section class="section">
      <div class="section-head">
        <h2>
          <ServiceTag name={service} isLink />
        </h2>
        {config && (
          <span class="faint">
            {plural(config.settings.length, 'setting')}, snapshot {config.snapshot}
          </span>
        )}
      </div>
      {config === null ? <p class="muted">{reason ?? 'It could not be asked.'}</p> : <Warnings config={config} />}
      {settings.length > 0 && <Settings settings={settings} />}
    </section>
  )
}

function Warnings({ config: { unknown, rejected } }: { readonly config: ConfigView }) {
  return (
    <>
      {rejected.length > 0 && (
        <div class="note" data-tone="bad">
          <strong>The latest settings were refused; an older snapshot stays in effect.</strong>
          {rejected.map(({ path, message }) => (
            <span key={path}>
              <code>{path}</code> {message}
            </span>
          ))}
        </div>
      )}
      {unknown.length > 0 && (
        <div class="note" data-tone="warn">
          <strong>Unknown, without effect:</strong>
          {unknown.map((path) => (
            <code key={path}>{path}</code>
          ))}
        </div>
      )}
    </>
  )
}

function Settings({ settings }: { readonly settings: readonly SettingView[] }) {
  return (
    <div class="table-wrap">
      <table class="table settings">
        <thead>
          <tr>
            <th>Setting</th>
            <th>Value</th>
            <th>Comes from</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(({ path, value, origin, overridden }) => (
            <tr key={path}>
              <td class="mono">{path}</td>
              <td class="mono">
                {value === '[secret]' ? (
                  <span class="with-dot muted">
                    <Icon name="lock" /> hidden
                  </span>
                ) : (
                  valueText(value)
                )}
              </td>
              <td>
                <span class={origin === 'default' ? 'faint' : 'mono'}>{origin}</span>
                {overridden.length > 0 && <div class="faint">also set, without effect: {overridden.join(', ')}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function textOf({ path, value, origin }: SettingView): string {
  return `${path} ${valueText(value)} ${origin}`.toLowerCase()
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
