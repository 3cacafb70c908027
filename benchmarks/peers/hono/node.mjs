/** Hono on Node.js. */
import { serve } from '@hono/node-server'
import { port } from '../shared.mjs'
import { app } from './app.mjs'

const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
process.once('SIGTERM', () => server.close())
