/** What the JavaScript peers share: facts of the scenarios, nothing of a framework. */
import { readFileSync } from 'node:fs'

export const port = Number(process.env.PORT)

/** (d) Method and path pattern of each route of the GitHub API. */
export const githubRoutes = readFileSync(process.env.GITHUB_ROUTES, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' '))

/** (f) A hundred items; each server turns them into JSON for each request. */
export const catalogue = {
  items: Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 3 + 0.5,
    tags: ['alpha', 'beta'],
    active: id % 2 === 1,
    note: 'some text here',
  })),
}
