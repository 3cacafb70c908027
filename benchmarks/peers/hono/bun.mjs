/** Hono on Bun. */
import { port } from '../shared.mjs'
import { app } from './app.mjs'

const server = Bun.serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
process.once('SIGTERM', () => server.stop())
