/**
 * `genever slo`: what services promise, and what Prometheus and Grafana need to watch it.
 *
 *   files, or a workspace ─▶ declarations ─▶ rules │ alerts │ dashboard │ prometheus.yml ─▶ standard output, or files in --out
 */
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { makeFolder } from '../../platform/folders.ts'
import { writeTextFile } from '../../platform/text-file.ts'
import { burnRateAlerts } from '../../slo/burn-rate-alerts.ts'
import { grafanaDashboard } from '../../slo/grafana-dashboard.ts'
import { notesOf } from '../../slo/notes.ts'
import { describeObjective, objectivesOf } from '../../slo/objective.ts'
import { type Discovery, prometheusConfig } from '../../slo/prometheus-config.ts'
import { recordingRules } from '../../slo/recording-rules.ts'
import type { RuleGroup } from '../../slo/rule.ts'
import type { SloDeclaration } from '../../slo/slo-declaration.ts'
import { topologyAlerts } from '../../slo/topology-alerts.ts'
import { rulesYaml, yamlText } from '../../slo/yaml-text.ts'
import { loadDeclarations } from '../load-declarations.ts'
import { columns } from './routes.ts'

const help = `
Without one of --rules, --alerts, --grafana and --prometheus it prints the objectives; with --out alone it writes all files:
NAME.rules.yml, NAME.alerts.yml and NAME.dashboard.json for each service, one prometheus.yml for all of them, and for a
workspace topology.alerts.yml over what the dashboard exposes.

Examples:
  $ genever slo src/main.ts                                  what is promised, and what could not be computed exactly
  $ genever slo                                              of every service of the workspace in this folder
  $ genever slo --out monitoring                             everything that watches them
  $ genever slo src/main.ts --alerts | promtool check rules
  $ genever slo --prometheus --discovery kubernetes --namespace shop
  $ genever slo --prometheus --discovery consul --consul consul:8500
  $ genever slo src/main.ts --prometheus --target 10.0.0.1:9090 --target 10.0.0.2:9090
  $ genever slo --out monitoring --target orders=10.0.0.1:9090 --target users=10.0.0.2:9090 --dashboard 10.0.0.3:9000`

const kinds = ['rules', 'alerts', 'grafana', 'prometheus'] as const
type Kind = (typeof kinds)[number]

interface SloWords extends Partial<Record<Kind, boolean>> {
  readonly out?: string
  readonly discovery: Discovery['kind']
  readonly target?: readonly string[]
  readonly dashboard?: readonly string[]
  readonly dashboardTokenFile?: string
  readonly namespace?: readonly string[]
  readonly consul?: string
}

export function configure(command: Command): void {
  const append = (word: string, before: readonly string[] = []): string[] => [...before, word]
  command
    .argument('[files...]', 'what makes the services, such as src/main.ts; or folders with a genever.json (default .)')
    .option('--rules', 'recording rules of Prometheus')
    .option('--alerts', 'burn-rate alerts over what the rules record')
    .option('--grafana', 'a dashboard to import into Grafana')
    .option('--prometheus', 'a prometheus.yml with a scrape job for each service')
    .option('--out <folder>', 'write files there, instead of one text to standard output')
    .addOption(
      new Option('--discovery <kind>', 'where Prometheus finds the services')
        .choices(['static', 'kubernetes', 'consul'])
        .default('static'),
    )
    .option(
      '--target <address>',
      'static: host:port of an admin port, SERVICE=host:port with several services; may be repeated (default 127.0.0.1 and the declared port; with several services each by its name, as in a compose file)',
      append,
    )
    .option('--dashboard <host:port>', 'scrape a dashboard too, for alerts about the topology', append)
    .option('--dashboard-token-file <file>', 'holds the token of the dashboard; read by Prometheus')
    .option('--namespace <name>', 'kubernetes: may be repeated (default all)', append)
    .option('--consul <host:port>', 'consul: an agent (default 127.0.0.1:8500)')
    .addHelpText('after', help)
    .action(slo)
}

async function slo(files: readonly string[], words: SloWords, command: Command): Promise<void> {
  const declarations = await loadDeclarations(files)
  const wanted = kinds.filter((kind) => words[kind] === true)
  const settings = { words, discovery: discoveryOf(declarations, words, command) }
  if (words.out !== undefined) {
    return writeFiles(filesOf(declarations, wanted.length === 0 ? kinds : wanted, settings), words.out)
  }
  const [kind] = wanted
  if (kind === undefined) return printObjectives(declarations)
  if (wanted.length > 1 || (kind === 'grafana' && declarations.length > 1)) throw tooManyOutputs(wanted)
  const notes = declarations.flatMap((declaration) => notesOf(objectivesOf(declaration)))
  for (const note of notes) console.error(note)
  console.log((await textOf(kind, declarations, settings)).trimEnd())
}

interface Settings {
  readonly words: SloWords
  readonly discovery: Discovery
}

type NamedText = readonly [name: string, text: () => Promise<string>]

/** What is for one service stands in a file of its own, so that each can be owned by its team. */
function filesOf(declarations: readonly SloDeclaration[], wanted: readonly Kind[], settings: Settings): NamedText[] {
  const named = (kind: Kind, declaration: SloDeclaration, ending: string): NamedText => [
    `${declaration.name}.${ending}`,
    () => textOf(kind, [declaration], settings),
  ]
  // A service that promises nothing is scraped all the same.
  const promising =
    declarations.length === 1 ? declarations : declarations.filter((each) => objectivesOf(each).length > 0)
  const files: Record<Kind, () => NamedText[]> = {
    rules: () => promising.map((each) => named('rules', each, 'rules.yml')),
    alerts: () => [
      ...promising.map((each) => named('alerts', each, 'alerts.yml')),
      ...(declarations.length > 1 ? [['topology.alerts.yml', () => rulesYaml(topologyAlerts())] as const] : []),
    ],
    grafana: () => promising.map((each) => named('grafana', each, 'dashboard.json')),
    prometheus: () => [['prometheus.yml', () => textOf('prometheus', declarations, settings)]],
  }
  return wanted.flatMap((kind) => files[kind]())
}

async function writeFiles(files: readonly NamedText[], folder: string): Promise<void> {
  // All of them are computed before the first is written: half a configuration is worse than none.
  const texts = await Promise.all(files.map(([, text]) => text()))
  await makeFolder(folder)
  for (const [at, [name]] of files.entries()) {
    const path = join(folder, name)
    await writeTextFile(path, texts[at] ?? '')
    console.log(path)
  }
}

function printObjectives(declarations: readonly SloDeclaration[]): void {
  const several = declarations.length > 1
  const promises = declarations.map((declaration) => {
    const objectives = objectivesOf(declaration)
    if (!several && objectives.length === 0) throw noObjectives(declaration)
    return { declaration, objectives }
  })
  const rows = promises.flatMap(({ declaration, objectives }) =>
    objectives.map((objective) => [
      ...(several ? [declaration.name] : []),
      objective.name,
      describeObjective(objective),
    ]),
  )
  for (const line of columns(rows)) console.log(line)
  for (const { declaration, objectives } of promises) {
    for (const note of notesOf(objectives)) console.error(several ? `${declaration.name}: ${note}` : note)
    if (several && objectives.length === 0) console.error(`${declaration.name}: promises nothing.`)
  }
}

async function textOf(
  kind: Kind,
  declarations: readonly SloDeclaration[],
  { words, discovery }: Settings,
): Promise<string> {
  const names = declarations.map(({ name }) => `'${name}'`).join(', ')
  const several = declarations.length > 1
  const comment = [
    `From the declaration of ${names} by genever slo. Change the declaration, not this file.`,
    ...declarations.flatMap((each) =>
      notesOf(objectivesOf(each)).map((note) => (several ? `${each.name}: ${note}` : note)),
    ),
  ]
  switch (kind) {
    case 'rules':
      return rulesYaml(groupsOf(declarations, recordingRules), { comment })
    case 'alerts':
      return rulesYaml([...groupsOf(declarations, burnRateAlerts), ...(several ? topologyAlerts() : [])], { comment })
    case 'grafana': {
      const [declaration] = declarations
      return `${JSON.stringify(declaration === undefined ? {} : grafanaDashboard(declaration), null, 2)}\n`
    }
    case 'prometheus': {
      const { dashboard: dashboards = [], dashboardTokenFile } = words
      const ruleFiles = ['*.rules.yml', '*.alerts.yml']
      const token = dashboardTokenFile === undefined ? {} : { dashboardTokenFile }
      return yamlText(prometheusConfig(declarations, { discovery, ruleFiles, dashboards, ...token }), { comment })
    }
  }
}

/** @throws ServiceError `NO_OBJECTIVES` if there are none at all. */
function groupsOf(
  declarations: readonly SloDeclaration[],
  groups: (declaration: SloDeclaration) => RuleGroup[],
): RuleGroup[] {
  const promising = declarations.filter((declaration) => objectivesOf(declaration).length > 0)
  if (promising.length === 0) throw noObjectives(...declarations)
  return promising.flatMap((declaration) => groups(declaration))
}

function discoveryOf(declarations: readonly SloDeclaration[], words: SloWords, command: Command): Discovery {
  const { discovery, namespace, consul } = words
  switch (discovery) {
    case 'static':
      return { kind: discovery, targets: targetsOf(declarations, words, command) }
    case 'kubernetes':
      return { kind: discovery, ...(namespace !== undefined && { namespaces: namespace }) }
    case 'consul':
      return { kind: discovery, ...(consul !== undefined && { server: consul }) }
  }
}

function targetsOf(
  declarations: readonly SloDeclaration[],
  { target = [] }: SloWords,
  command: Command,
): Record<string, readonly string[]> {
  const [only] = declarations
  if (declarations.length === 1 && only !== undefined && !target.some((word) => word.includes('='))) {
    return target.length === 0 ? {} : { [only.name]: target }
  }
  const targets = new Map<string, string[]>(declarations.map(({ name }) => [name, []]))
  for (const word of target) {
    const [name = '', address = ''] = word.split('=', 2)
    const addresses = targets.get(name)
    if (addresses === undefined || address === '') {
      command.error(`error: --target ${word}: expected SERVICE=host:port, of ${[...targets.keys()].join(', ')}`)
    }
    addresses?.push(address)
  }
  return Object.fromEntries(
    declarations.map(({ name, ports }) => {
      const addresses = targets.get(name) ?? []
      return [name, addresses.length > 0 ? addresses : [`${name}:${ports?.admin ?? 9090}`]]
    }),
  )
}

function noObjectives(...declarations: readonly SloDeclaration[]): ServiceError {
  const names = declarations.map(({ name }) => `'${name}'`).join(' and ')
  return new ServiceError(
    'NO_OBJECTIVES',
    `${names} ${declarations.length > 1 ? 'promise' : 'promises'} nothing, so there is nothing to watch. Add slo: { availability: 0.999 } to createService().`,
  )
}

function tooManyOutputs(wanted: readonly Kind[]): ServiceError {
  return new ServiceError(
    'TOO_MANY_OUTPUTS',
    `${wanted.map((kind) => `--${kind}`).join(' and ')} are several files: add --out FOLDER.`,
  )
}
