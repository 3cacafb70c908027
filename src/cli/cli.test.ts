import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../database/create-database.ts'
import { missingTables } from '../database/part-tables.ts'
import { inboxTables, outboxTables } from '../outbox/outbox-tables.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'genever-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command as a user would, on the runtime that runs this test. */
function genever(...words: string[]): Outcome {
  return spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: 'utf8', env: withoutColours() })
}

function withoutColours(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env
  return { ...env, NO_COLOR: '1' }
}

describe('genever', () => {
  const rows: { words: string[]; status: number; says: RegExp; why: string }[] = [
    {
      words: ['--help'],
      status: 0,
      says: /Commands:[\s\S]*dev[\s\S]*Examples:[\s\S]*Exit codes: 0 done/,
      why: 'help teaches',
    },
    {
      words: ['help', 'dev'],
      status: 0,
      says: /genever dev \[options\] \[folder\][\s\S]*USERS_URL/,
      why: 'each command has its own',
    },
    { words: ['dev', '--help'], status: 0, says: /genever dev \[options\] \[folder\]/, why: 'the same, the other way' },
    { words: ['--version'], status: 0, says: /^\d+\.\d+\.\d+\n$/, why: 'the version of the package' },
    {
      words: ['rotues'],
      status: 2,
      says: /unknown command 'rotues'\n\(Did you mean routes\?\)/,
      why: 'a mistyped command',
    },
    { words: ['dev', '--runtim', 'bun'], status: 2, says: /Did you mean --runtime\?/, why: 'a mistyped option' },
    {
      words: ['dev', '--runtime', 'deno'],
      status: 2,
      says: /Allowed choices are bun, node/,
      why: 'a runtime that we do not run on',
    },
    {
      words: ['routes'],
      status: 2,
      says: /missing required argument 'file'[\s\S]*genever help routes/,
      why: 'what is missing',
    },
    {
      words: ['routes', 'none.ts'],
      status: 1,
      says: /There is no file .*none\.ts[\s\S]*FILE_NOT_FOUND/,
      why: 'a file that is not there',
    },
    {
      words: ['dev'],
      status: 1,
      says: /Cannot read genever\.json[\s\S]*WORKSPACE_NOT_FOUND/,
      why: 'no workspace here',
    },
    { words: [], status: 2, says: /Commands:/, why: 'nothing was asked for' },
  ]
  for (const { words, status, says, why } of rows) {
    it(`${['genever', ...words].join(' ')} ends with ${status}: ${why}`, () => {
      const outcome = genever(...words)
      assert.equal(outcome.status, status, outcome.stderr)
      assert.match(status === 0 ? outcome.stdout : outcome.stderr, says)
    })
  }
})

describe('commands about a service', () => {
  const tea = join(fixtures, 'tea.ts')

  it('inspect prints the declaration alone, whatever the file prints, and starts nothing', () => {
    const { status, stdout, stderr } = genever('inspect', tea)
    assert.equal(status, 0, stderr)
    const declaration = JSON.parse(stdout)
    assert.equal(declaration.name, 'tea')
    assert.deepEqual(declaration.warmup, ['boil water'])
    assert.match(stderr, /the file is being read/)
    assert.doesNotMatch(stderr, /the component starts/)
  })

  it('routes lists method, path and name, one to a line', () => {
    const { stdout } = genever('routes', tea)
    assert.equal(stdout, 'GET   /teas      listTeas\nPOST  /teas\nGET   /teas/:id\n')
  })

  it('routes --layers adds the middleware', () => {
    assert.match(genever('routes', tea, '--layers').stdout, /POST {2}\/teas .*recover › faults › brew\n/)
  })

  it('warmup starts the components, runs the hooks and ends', () => {
    const { status, stderr } = genever('warmup', tea)
    assert.equal(status, 0, stderr)
    assert.match(stderr, /the component starts[\s\S]*the water boils[\s\S]*the component stops[\s\S]*'tea' is warm\./)
  })

  it('says what is wrong with a file that makes no service', () => {
    writeFileSync(join(folder, 'empty.ts'), 'export {}\n')
    const { status, stderr } = genever('inspect', 'empty.ts')
    assert.equal(status, 1)
    assert.match(stderr, /it created none\. \(NO_SERVICE\)/)
  })
})

describe('genever slo', () => {
  const coffee = join(fixtures, 'promises.ts')
  const rows: { words: string[]; status: number; stdout: RegExp; stderr: RegExp; why: string }[] = [
    {
      words: [coffee],
      status: 0,
      stdout: /^availability +99\.9 % .*5xx\nlatency-p99 +99 % of requests answered within 100 ms\n$/,
      stderr: /no bucket ends at 200 ms/,
      why: 'what is promised, and how it was taken',
    },
    {
      words: [coffee, '--rules'],
      status: 0,
      stdout:
        /^# From the declaration of 'coffee'[\s\S]*no bucket ends[\s\S]*\ngroups:\n[\s\S]*record: slo:error_ratio:rate5m/,
      stderr: /no bucket ends/,
      why: 'rules alone go to standard output',
    },
    {
      words: [coffee, '--prometheus', '--target', '10.0.0.1:1', '--target', '10.0.0.2:2'],
      status: 0,
      stdout: /job_name: coffee[\s\S]*- 10\.0\.0\.1:1\n +- 10\.0\.0\.2:2\n$/,
      stderr: /^/,
      why: 'addresses that are known',
    },
    {
      words: [coffee, '--prometheus', '--discovery', 'consul', '--consul', 'consul:8500'],
      status: 0,
      stdout: /consul_sd_configs:\n +- server: consul:8500/,
      stderr: /^/,
      why: 'instances that register themselves',
    },
    {
      words: [coffee, '--rules', '--alerts'],
      status: 1,
      stdout: /^$/,
      stderr: /--rules and --alerts are several files: add --out FOLDER\. \(TOO_MANY_OUTPUTS\)/,
      why: 'two files are not one',
    },
    {
      words: [join(fixtures, 'tea.ts'), '--alerts'],
      status: 1,
      stdout: /^$/,
      stderr: /'tea' promises nothing.*\(NO_OBJECTIVES\)/,
      why: 'nothing to watch',
    },
    {
      words: [coffee, '--discovery', 'zookeeper'],
      status: 2,
      stdout: /^$/,
      stderr: /Allowed choices are static, kubernetes, consul/,
      why: 'a discovery that there is not',
    },
  ]
  for (const { words, status, stdout, stderr, why } of rows) {
    it(`ends with ${status}: ${why}`, () => {
      const outcome = genever('slo', ...words)
      assert.equal(outcome.status, status, outcome.stderr)
      assert.match(outcome.stdout, stdout)
      assert.match(outcome.stderr, stderr)
    })
  }

  it('takes a workspace as one: a job for each service, rules for those that promise something, one for the topology', () => {
    const workspace = join(folder, 'shop')
    mkdirSync(workspace)
    const services = { tea: { entry: join(fixtures, 'tea.ts') }, coffee: { entry: coffee } }
    const relative = Object.fromEntries(
      Object.entries(services).map(([name, { entry }]) => [name, { entry: `./${name}.ts`, file: entry }]),
    )
    for (const [name, { file }] of Object.entries(relative)) {
      writeFileSync(join(workspace, `${name}.ts`), `import ${JSON.stringify(file)}\n`)
    }
    const entries = Object.fromEntries(Object.entries(relative).map(([name, { entry }]) => [name, { entry }]))
    writeFileSync(join(workspace, 'genever.json'), JSON.stringify({ name: 'shop', services: entries }))

    const told = genever('slo', 'shop')
    assert.match(told.stdout, /^coffee {2}availability .*\ncoffee {2}latency-p99 .*\n$/)
    assert.match(told.stderr, /tea: promises nothing/)
    assert.equal(genever('slo', 'shop', '--out', 'all', '--target', 'tea=10.0.0.1:9', '--dashboard', 'd:1').status, 0)
    assert.deepEqual(readdirSync(join(folder, 'all')).sort(), [
      'coffee.alerts.yml',
      'coffee.dashboard.json',
      'coffee.rules.yml',
      'prometheus.yml',
      'topology.alerts.yml',
    ])
    const config = readFileSync(join(folder, 'all', 'prometheus.yml'), 'utf8')
    assert.match(
      config,
      /job_name: tea[\s\S]*- 10\.0\.0\.1:9\n[\s\S]*- coffee:9090\n[\s\S]*genever-dashboard[\s\S]*- d:1\n/,
    )
    const mistaken = genever('slo', 'shop', '--prometheus', '--target', 'milk=10.0.0.1:9')
    assert.deepEqual([mistaken.status, /of coffee, tea|of tea, coffee/.test(mistaken.stderr)], [2, true])
  })

  it('writes all four files, the same ones each time', () => {
    const written = ['coffee.alerts.yml', 'coffee.dashboard.json', 'coffee.rules.yml', 'prometheus.yml']
    const runs = ['one', 'two'].map((out) => {
      assert.equal(genever('slo', coffee, '--out', out).status, 0)
      assert.deepEqual(readdirSync(join(folder, out)).sort(), written)
      return written.map((name) => readFileSync(join(folder, out, name), 'utf8'))
    })
    assert.deepEqual(runs[0], runs[1])
    assert.equal(JSON.parse(runs[0]?.[1] ?? '').title, 'coffee')
  })
})

describe('genever new', () => {
  it('refuses a name that cannot be one', () => {
    const { status, stderr } = genever('new', 'My Service')
    assert.equal(status, 1)
    assert.match(stderr, /lower-case letters, digits and '-'.*BAD_NAME/)
  })

  it('overwrites nothing', () => {
    mkdirSync(join(folder, 'taken'))
    writeFileSync(join(folder, 'taken/notes.txt'), 'mine')
    const { status, stderr } = genever('new', 'taken')
    assert.equal(status, 1)
    assert.match(stderr, /FOLDER_NOT_EMPTY/)
  })

  it('wants the tarball to be there', () => {
    assert.match(genever('new', 'fresh', '--from', 'none.tgz').stderr, /none\.tgz.*FILE_NOT_FOUND/)
  })
})

describe('genever migrate draft', () => {
  const place = ['--url', `sqlite:${join(folder, 'drafted.db')}`, '--folder', join(folder, 'drafts')]
  const models = ['--models', fileURLToPath(new URL('fixtures/models.ts', import.meta.url))]

  it('writes what the database lacks, refuses to write it twice, and finds nothing once it is applied', () => {
    const found = genever('migrate', 'draft', '--check', ...models, ...place)
    assert.deepEqual([found.status, found.stdout], [1, 'table tea is not there\n'])
    assert.equal(genever('migrate', 'draft', 'add tea', ...models, ...place).status, 0)
    const pending = genever('migrate', 'draft', ...models, ...place)
    assert.equal(pending.status, 1)
    assert.match(pending.stderr, /0001-add-tea: not applied/)
    assert.equal(genever('migrate', 'up', ...place).stdout, '0001-add-tea\n')
    assert.equal(genever('migrate', 'draft', '--check', ...models, ...place).status, 0)
    assert.equal(genever('migrate', 'down', ...place).stdout, '0001-add-tea\n')
  })
})

describe('genever migrate', () => {
  const url = `sqlite:${join(folder, 'migrated.db')}`
  mkdirSync(join(folder, 'migrations'))
  writeFileSync(join(folder, 'migrations/0001-owner.up.sql'), 'create table owner (name text);')
  writeFileSync(join(folder, 'migrations/0001-owner.down.sql'), 'drop table owner;')

  it('shows, applies and takes back what is in the folder', () => {
    const steps: [words: string[], status: number, says: RegExp][] = [
      [['status'], 1, /^0001-owner {2}pending$/m],
      [['up', '--dry-run'], 0, /^-- 0001-owner\ncreate table owner \(name text\);\n$/],
      [['up'], 0, /^0001-owner\n$/],
      [['status'], 0, /^0001-owner {2}applied {2}\d{4}-/],
      [['down'], 0, /^0001-owner\n$/],
      [['status', '--json'], 1, /^\[\{"name":"0001-owner","state":"pending"\}\]$/m],
    ]
    for (const [words, status, says] of steps) {
      const outcome = genever('migrate', ...words, '--url', url)
      assert.equal(outcome.status, status, outcome.stderr)
      assert.match(outcome.stdout, says)
    }
  })

  it("makes the tables of Genever's own parts, which a service then finds", async () => {
    const service = `sqlite:${join(folder, 'parts.db')}`
    const words = ['migrate', 'up', '--parts', 'outbox,inbox', '--folder', join(folder, 'nowhere'), '--url', service]
    assert.match(genever(...words, '--dry-run').stdout, /genever_part.*create table if not exists genever_inbox /s)
    assert.equal(genever(...words).stdout, 'outbox 1\ninbox 1\n')
    assert.match(genever(...words).stderr, /Nothing to do/)
    const database = createDatabase({ url: service })
    assert.deepEqual(await missingTables(database, [outboxTables, inboxTables]), [])
    await database.stop()
  })

  it('says which parts there are', () => {
    const { status, stderr } = genever('migrate', 'up', '--parts', 'outbocks', '--url', url)
    assert.equal(status, 1)
    assert.match(stderr, /outbox, inbox, idempotency, saga.*UNKNOWN_PART/s)
  })

  it('asks for the database', () => {
    assert.match(genever('migrate', 'up').stderr, /DATABASE_URL/)
  })
})
