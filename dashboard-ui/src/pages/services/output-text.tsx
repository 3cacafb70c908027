/** One line of output: a log line in JSON as level, message and its other members; anything else as it was written. */
import { parsedLine } from './parsed-line.ts'

export function OutputText({ text }: { readonly text: string }) {
  const line = parsedLine(text)
  if (line === undefined) return <>{text}</>
  return (
    <>
      <span class="level" data-level={line.level}>
        {line.level}
      </span>{' '}
      {line.message}
      {line.rest.map(([name, value]) => (
        <span key={name} class="muted">
          {' '}
          <span class="faint">{name}=</span>
          {value}
        </span>
      ))}
    </>
  )
}
