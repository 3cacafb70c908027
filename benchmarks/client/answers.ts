/** The server that is called: one small JSON answer. Prints its URL; ends with its parent. */
import { createApp } from 'genever/http'
import { socketsEngine } from 'genever/wire'

const app = createApp()
app.get('/ping', () => ({ message: 'pong' }))
const { port } = await socketsEngine.listen({ handler: app.handler })
console.log(`http://127.0.0.1:${port}`)
process.stdin.on('end', () => process.exit()).resume()
