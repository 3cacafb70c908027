/** (d) One method for each route, decorated in a loop rather than in 203 lines. */
import { readFileSync } from 'node:fs'
import { Controller, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common'

@Controller('gh')
export class GithubController {}

const routes = readFileSync(process.env.GITHUB_ROUTES ?? '', 'utf8')
  .trim()
  .split('\n')

for (const [index, route] of routes.entries()) {
  const [method = '', path = ''] = route.split(' ')
  const descriptor = { value: () => ({ ok: true }), writable: true, configurable: true }
  const name = `route${index}`
  Object.defineProperty(GithubController.prototype, name, descriptor)
  HttpCode(200)(GithubController.prototype, name, descriptor)
  const requestMethod = RequestMethod[method as keyof typeof RequestMethod]
  RequestMapping({ method: requestMethod, path })(GithubController.prototype, name, descriptor)
}
