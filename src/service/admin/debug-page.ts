/** The index page of `/debug/`: what there is, with the processes to choose from. No script, nothing from elsewhere. */
interface Entry {
  readonly path: string
  readonly says: string
}

const entries: readonly Entry[] = [
  { path: '/debug/pprof/profile?seconds=30', says: 'CPU profile, for go tool pprof' },
  {
    path: '/debug/pprof/heap?seconds=10',
    says: 'who holds on to memory that was allocated meanwhile, for go tool pprof (Node.js)',
  },
  { path: '/debug/pprof/allocs?seconds=10', says: 'who allocates, for go tool pprof (Node.js)' },
  { path: '/debug/profile.cpuprofile?seconds=30', says: 'CPU profile, for Chrome; one process' },
  { path: '/debug/heap.heapprofile?seconds=10', says: 'who holds on to memory, for Chrome; one process (Node.js)' },
  {
    path: '/debug/heap.heapsnapshot',
    says: 'all of the heap, secrets too, for Chrome; one process, which stands still meanwhile',
  },
  { path: '/debug/stalls?seconds=10&ms=50', says: 'what kept the event loop for longer than so many milliseconds' },
  { path: '/debug/handles', says: 'handles, sockets and files that are open' },
  { path: '/debug/runtime', says: 'how busy it is, second by second, as server-sent events' },
]

export interface DebugIndex {
  readonly service: string
  readonly pids: readonly number[]
}

export function debugText({ service, pids }: DebugIndex): string {
  const width = Math.max(...entries.map(({ path }) => path.length)) + 2
  const lines = entries.map(({ path, says }) => `${path.padEnd(width)}${says}`)
  return `${service}: processes ${pids.join(', ')}; choose one with pid=, else all of them answer\n\n${lines.join('\n')}\n`
}

export function debugHtml({ service, pids }: DebugIndex): string {
  const rows = entries.map(({ path, says }) => {
    const links = pids.length < 2 ? [] : pids.map((pid) => link(withPid(path, pid), String(pid)))
    return `<tr><td>${link(path, path)}</td><td>${escapeHtml(says)}</td><td>${links.join(' ')}</td></tr>`
  })
  const title = escapeHtml(`${service}: debug`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<h1>${title}</h1><p>Processes: ${pids.join(', ')}. Without <code>pid=</code> all of them answer.</p>
<table>${rows.join('\n')}</table></html>
`
}

function withPid(path: string, pid: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}pid=${pid}`
}

function link(path: string, text: string): string {
  return `<a href="${escapeHtml(path)}">${escapeHtml(text)}</a>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
