/**
 * The program of the OpenAPI page, as text: it runs in a browser, from the document in the page itself.
 *
 * Elements are made with `textContent` and properties, never from markup, so that nothing in a document can become code.
 */
export const pageScript: string = String.raw`
'use strict'
const doc = JSON.parse(document.getElementById('document').textContent)
const verbs = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'trace']

// Elements

function h(tag, properties, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name in element && typeof value !== 'string') element[name] = value
    else if (value !== undefined) element.setAttribute(name, value)
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== false))
  return element
}

const verb = (method) => h('span', { class: 'verb ' + method }, method.toUpperCase())

// The document

function resolve(node) {
  for (let hops = 0; hops < 20 && node && node.$ref; hops++) {
    node = node.$ref.slice(2).split('/').reduce((at, name) => at?.[name.replace(/~1/g, '/').replace(/~0/g, '~')], doc)
  }
  return node ?? {}
}

const refName = (node) => (node?.$ref ? node.$ref.split('/').pop() : undefined)

const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
  verbs.filter((method) => methods[method]).map((method) => ({ path, method, ...methods[method] })),
)

function byTag() {
  const groups = new Map((doc.tags ?? []).map(({ name }) => [name, []]))
  for (const operation of operations) {
    for (const tag of operation.tags ?? ['']) {
      if (!groups.has(tag)) groups.set(tag, [])
      groups.get(tag).push(operation)
    }
  }
  return [...groups].filter(([, members]) => members.length > 0)
}

// Schemas

function typeText(node) {
  const schema = resolve(node)
  const name = refName(node)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives) return name ?? alternatives.map(typeText).join(' | ')
  if (schema.items && schema.type === 'array') return typeText(schema.items) + '[]'
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any')
  return name ?? (schema.format ? type + ' · ' + schema.format : type)
}

const limits = { minLength: 'length ≥ %', maxLength: 'length ≤ %', minimum: '≥ %', maximum: '≤ %', exclusiveMinimum: '> %',
  exclusiveMaximum: '< %', multipleOf: 'multiple of %', minItems: 'items ≥ %', maxItems: 'items ≤ %',
  pattern: 'matches %', default: 'default %' }

function limitText(schema) {
  const isTelling = (name) => schema[name] !== undefined && Math.abs(schema[name]) !== Number.MAX_SAFE_INTEGER
  return Object.keys(limits)
    .filter((name) => isTelling(name) && !(name === 'pattern' && schema.format))
    .map((name) => limits[name].replace('%', () => (name === 'pattern' ? schema[name] : JSON.stringify(schema[name]))))
    .join(', ')
}

/** What is inside of a schema, by name; undefined for a scalar. */
function membersOf(node) {
  const schema = resolve(node)
  if (schema.type === 'array' || schema.items) return schema.items ? membersOf(schema.items) : undefined
  if (schema.anyOf || schema.oneOf) {
    const inner = (schema.anyOf ?? schema.oneOf).filter((part) => membersOf(part))
    if (inner.length === 1) return membersOf(inner[0])
    return inner.length > 0 ? inner.map((part, i) => ({ name: 'either ' + (i + 1), node: part, required: false })) : undefined
  }
  const members = [schema, ...(schema.allOf ?? []).map(resolve)].flatMap((part) =>
    Object.entries(part.properties ?? {}).map(([name, node]) => ({ name, node, required: (part.required ?? []).includes(name) })),
  )
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object') {
    members.push({ name: '*', node: schema.additionalProperties, required: false })
  }
  return members.length > 0 ? members : undefined
}

function memberRow({ name, node, required, description, deprecated, place }) {
  const schema = resolve(node)
  const members = membersOf(node)
  const about = description ?? schema.description ?? node.description
  const head = [
    h('span', { class: 'name' }, name),
    h('span', { class: 'type' }, place ? place + ' · ' + typeText(node) : typeText(node)),
    required && h('span', { class: 'must' }, 'required'),
    (deprecated || schema.deprecated) && h('span', { class: 'must' }, 'deprecated'),
  ]
  const notes = [about, limitText(schema)].filter(Boolean).map((text) => h('p', { class: 'soft' }, text))
  if (!members) return h('div', { class: 'row' }, head, notes)
  const details = h('details', {}, h('summary', {}, head))
  // Rendered when opened: a schema may hold itself.
  details.addEventListener('toggle', () => details.childElementCount > 1 || details.append(...members.map(memberRow)))
  return h('div', { class: 'row' }, details, notes)
}

function schemaCard(node) {
  const members = membersOf(node)
  const schema = resolve(node)
  const about = schema.description && h('p', { class: 'soft small' }, schema.description)
  if (!members) return h('div', { class: 'card' }, memberRow({ name: typeText(node), node: { ...schema, $ref: undefined } }), about)
  const isList = schema.type === 'array' && h('p', { class: 'soft small mono' }, typeText(node))
  return h('div', { class: 'card' }, isList, about, members.map(memberRow))
}

function example(node, depth = 0) {
  const schema = resolve(node)
  if (schema.examples?.length) return schema.examples[0]
  for (const known of ['example', 'default', 'const']) if (schema[known] !== undefined) return schema[known]
  if (schema.enum) return schema.enum[0]
  const first = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0]
  if (first) return example(first, depth)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object' || schema.properties) {
    if (depth > 5) return {}
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, example(part, depth + 1)]))
  }
  if (type === 'array') return depth > 5 || !schema.items ? [] : [example(schema.items, depth + 1)]
  if (type === 'integer' || type === 'number') return schema.minimum > 0 ? schema.minimum : (schema.exclusiveMinimum ?? -1) + 1
  if (type === 'boolean') return true
  if (type === 'null' || type === undefined) return null
  const formats = { 'date-time': '2026-01-31T12:00:00Z', date: '2026-01-31', email: 'ada@example.org', uri: 'https://example.org',
    uuid: '3f2a1c6e-9d4b-4e8f-a7c5-0b1d2e3f4a5b' }
  return formats[schema.format] ?? 'text'.padEnd(schema.minLength ?? 0, '.')
}

// One operation

function show(operation) {
  const { path, method, summary, description, deprecated, operationId } = operation
  const parts = path.split(/(\{[^}]+\})/).map((part) => (part.startsWith('{') ? h('b', {}, part) : part))
  const parameters = (operation.parameters ?? []).map(resolve)
  const body = resolve(operation.requestBody)
  main.replaceChildren(
    h('header', {},
      h('h2', { tabIndex: -1 }, summary ?? operationId),
      h('div', { class: 'place' }, verb(method), h('code', {}, parts)),
      deprecated && h('p', { class: 'warn' }, 'Deprecated: it may go away.'),
      description && h('p', {}, description)),
    ...(parameters.length > 0 ? [section('Parameters', h('div', { class: 'card' },
      parameters.map((p) => memberRow({ ...p, node: p.schema ?? {}, place: p.in }))))] : []),
    ...Object.entries(body.content ?? {}).slice(0, 1).map(([type, media]) => section('Body', typeLine(Object.keys(body.content)), schemaCard(media.schema))),
    section('Answers', Object.entries(operation.responses).map(([status, response]) => answer(status, resolve(response)))),
    section('Try it', tryIt(operation, parameters, body.content ?? {})),
  )
  document.title = (summary ?? operationId) + ' · ' + doc.info.title
}

const section = (title, ...content) => h('section', {}, h('h3', {}, title), content)
const typeLine = (types) => h('p', { class: 'soft small' }, types.join(' or '))

function answer(status, response) {
  const [content] = Object.entries(response.content ?? {})
  const head = h('span', { class: 'head' }, h('span', { class: 'status s' + status[0] }, status), ' ', response.description,
    content && h('span', { class: 'type' }, content[0]))
  if (!content?.[1].schema) return h('div', { class: 'answer' }, head)
  return h('details', { class: 'answer', open: status < '3' }, h('summary', {}, head), schemaCard(content[1].schema))
}

// Trying it

let authorization = ''

function tryIt(operation, parameters, content) {
  const fields = parameters.filter(({ in: place }) => place !== 'cookie').map((parameter) => ({ parameter, input: parameterInput(parameter) }))
  const [type] = Object.keys(content)
  const schema = content[type]?.schema
  const isForm = type !== undefined && type !== 'application/json'
  const formFields = isForm ? (membersOf(schema) ?? []).map(({ name, node }) => ({ name, input: formInput(node) })) : []
  const text = type === 'application/json' && h('textarea', { spellcheck: 'false', 'aria-label': 'Body' }, JSON.stringify(example(schema), null, 2))
  const auth = h('input', { placeholder: 'Bearer …', autocomplete: 'off', value: authorization })
  const send = h('button', { type: 'submit' }, 'Send')
  const stop = h('button', { type: 'button', class: 'plain', hidden: true }, 'Stop')
  const out = h('div', { 'aria-live': 'polite' })
  let running

  const request = () => {
    authorization = auth.value
    let path = operation.path
    const query = new URLSearchParams()
    const headers = {}
    if (auth.value) headers.authorization = auth.value
    for (const { parameter, input } of fields) {
      const { name, in: place, schema } = parameter
      const encoded = encodeURIComponent(input.value)
      const values = resolve(schema).type === 'array' ? input.value.split(',').map((value) => value.trim()) : [input.value]
      if (place === 'path') path = path.replace('{' + name + '}', parameter['x-catch-all'] ? encoded.replaceAll('%2F', '/') : encoded)
      else if (input.value === '') continue
      else if (place === 'header') headers[name] = input.value
      else for (const value of values) query.append(name, value)
    }
    let body
    if (text) { body = text.value; headers['content-type'] = type }
    if (isForm) {
      const hasFile = formFields.some(({ input }) => input.type === 'file')
      body = hasFile || type === 'multipart/form-data' ? new FormData() : new URLSearchParams()
      for (const { name, input } of formFields) {
        if (input.type === 'file') for (const file of input.files) body.append(name, file)
        else if (input.value !== '') body.append(name, input.value)
      }
    }
    const url = (doc.servers?.[0]?.url ?? '').replace(/\/$/, '') + path + (query.size ? '?' + query : '')
    return { url, init: { method: operation.method.toUpperCase(), headers, ...(body !== undefined && { body }) } }
  }

  const form = h('form', {},
    fields.map(({ parameter, input }) => h('label', {}, h('span', {}, h('span', { class: 'name' }, parameter.name),
      parameter.required && h('span', { class: 'must' }, 'required')), input)),
    formFields.map(({ name, input }) => h('label', {}, h('span', { class: 'name' }, name), input)),
    text && h('label', { class: 'tall' }, h('span', { class: 'soft small' }, 'Body'), text),
    h('label', {}, h('span', { class: 'soft small' }, 'Authorization'), auth),
    h('div', { class: 'act' }, send, stop, copyButton(request), h('span', { class: 'soft small' }, h('kbd', {}, 'Ctrl'), ' ', h('kbd', {}, 'Enter'))),
    out)

  stop.addEventListener('click', () => running?.abort())
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    running?.abort()
    running = new AbortController()
    const mine = running
    stop.hidden = false
    try {
      const { url, init } = request()
      await exchange(url, { ...init, signal: mine.signal }, out)
    } catch (error) {
      if (!mine.signal.aborted) out.replaceChildren(h('p', { class: 'warn' }, 'No answer: ' + error.message))
    }
    if (running === mine) stop.hidden = true
  })
  return form
}

function parameterInput({ required, schema, name }) {
  const known = resolve(schema)
  const hint = known.type === 'array' ? 'a, b, c' : typeText(schema)
  const start = required ? example(schema) : undefined
  return h('input', { value: start === undefined || start === null || typeof start === 'object' ? '' : String(start), placeholder: hint, autocomplete: 'off', 'aria-label': name, ...(required && { required }) })
}

function formInput(node) {
  if (resolve(node).format === 'binary') return h('input', { type: 'file' })
  const start = example(node)
  return h('input', { value: start === null || typeof start === 'object' ? '' : String(start), autocomplete: 'off' })
}

async function exchange(url, init, out) {
  const startedMs = performance.now()
  const response = await fetch(url, init)
  const tookMs = Math.round(performance.now() - startedMs)
  const pre = h('pre', { tabIndex: 0 })
  out.replaceChildren(
    h('h4', {}, h('span', { class: 'status s' + String(response.status)[0] }, String(response.status)), response.statusText,
      h('span', { class: 'soft small' }, tookMs + ' ms')),
    h('details', {}, h('summary', { class: 'soft small' }, 'Headers'),
      h('pre', {}, [...response.headers].map(([name, value]) => name + ': ' + value).join('\n'))),
    pre)
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) return readStream(response.body, pre)
  if (!/json|text|xml|javascript|^$/.test(type)) return pre.append((await response.blob()).size + ' bytes of ' + type)
  const text = await response.text()
  pre.textContent = /json/.test(type) ? pretty(text) : text
  pre.hidden = text === ''
}

async function readStream(stream, pre) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    pre.append(part.value)
    pre.scrollTop = pre.scrollHeight
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function copyButton(request) {
  const button = h('button', { type: 'button', class: 'plain' }, 'Copy as curl')
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'"
  button.addEventListener('click', async () => {
    const { url, init } = request()
    const words = ['curl', '-X', init.method, quote(new URL(url, location).href)]
    for (const [name, value] of Object.entries(init.headers)) words.push('-H', quote(name + ': ' + value))
    if (init.body instanceof FormData) for (const [name, value] of init.body) words.push('-F', quote(name + '=' + (value.name === undefined ? value : '@' + value.name)))
    else if (init.body !== undefined) words.push('--data-raw', quote(String(init.body)))
    await navigator.clipboard.writeText(words.join(' '))
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy as curl'), 1200)
  })
  return button
}

// The list

const main = document.querySelector('main')
const list = document.getElementById('operations')
const search = document.getElementById('search')
const idOf = (operation) => operation.operationId ?? operation.method + operation.path

function entry(operation) {
  const link = h('a', { href: '#' + encodeURIComponent(idOf(operation)) }, verb(operation.method),
    h('span', { class: operation.deprecated ? 'old' : '' }, operation.summary ?? operation.path))
  link.title = operation.method.toUpperCase() + ' ' + operation.path
  link.dataset.text = [operation.path, operation.summary, operation.operationId, operation.method].join(' ').toLowerCase()
  return h('li', {}, link)
}

list.append(...byTag().map(([tag, members]) => h('div', {}, h('h2', {}, tag || 'Operations'), h('ul', {}, members.map(entry)))))

function open() {
  const wanted = decodeURIComponent(location.hash.slice(1))
  const operation = operations.find((candidate) => idOf(candidate) === wanted) ?? operations[0]
  if (!operation) return main.replaceChildren(h('p', { class: 'soft' }, 'This service offers no operations.'))
  for (const link of list.querySelectorAll('a')) {
    if (link.hash.slice(1) === encodeURIComponent(idOf(operation))) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
  show(operation)
  scrollTo(0, 0)
  if (location.hash) main.querySelector('h2').focus({ preventScroll: true })
}

search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\s+/)
  for (const link of list.querySelectorAll('a')) link.parentElement.hidden = !words.every((word) => link.dataset.text.includes(word))
  for (const group of list.children) group.hidden = !group.querySelector('li:not([hidden])')
})

addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    search.select()
  }
  const isInList = document.activeElement === search || list.contains(document.activeElement)
  if (!isInList || !/^Arrow(Up|Down)$/.test(event.key)) return
  const links = [...list.querySelectorAll('li:not([hidden]) a')]
  const next = links.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1)
  event.preventDefault()
  ;(links[next] ?? search).focus()
})

addEventListener('hashchange', open)
open()
`
