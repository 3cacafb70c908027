/**
 * `genever slo FILE`: what a service promises, and what Prometheus and Grafana need to watch it.
 *
 *   FILE ─▶ declaration ─▶ rules │ alerts │ dashboard │ prometheus.yml ─▶ standard output, or files in --out
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
import type { SloDeclaration } from '../../slo/slo-declaration.ts'
import { rulesYaml, yamlText } from '../../slo/yaml-text.ts'
import { loadService } from '../load-service.ts'
import { columns } from './routes.ts'

const help = `
Without one of --rules, --alerts, --grafana and --prometheus it prints the objectives; with --out alone it writes all four files.

Examples:
  $ genever slo src/main.ts                                  what is promised, and what could not be computed exactly
  $ genever slo src/main.ts --alerts | promtool check rules
  $ genever slo src/main.ts --out monitoring                 orders.rules.yml, orders.alerts.yml, orders.dashboard.json, prometheus.yml
  $ genever slo src/main.ts --prometheus --discovery kubernetes --namespace shop
  $ genever slo src/main.ts --prometheus --discovery consul --consul consul:8500
  $ genever slo src/main.ts --prometheus --target 10.0.0.1:9090 --target 10.0.0.2:9090`

const kinds = ['rules', 'alerts', 'grafana', 'prometheus'] as const
type Kind = (typeof kinds)[number]

interface SloWords extends Partial<Record<Kind, boolean>> {
  readonly out?: string
  readonly discovery: Discovery['kind']
  readonly target?: readonly string[]
  readonly namespace?: readonly string[]
  readonly consul?: string
}

export function configure(command: Command): void {
  const append = (word: string, before: readonly string[] = []): string[] => [...before, word]
  command
    .argument('<file>', 'the file that makes the service, such as src/main.ts')
    .option('--rules', 'recording rules of Prometheus')
    .option('--alerts', 'burn-rate alerts over what the rules record')
    .option('--grafana', 'a dashboard to import into Grafana')
    .option('--prometheus', 'a prometheus.yml with the scrape job')
    .option('--out <folder>', 'write files there, instead of one text to standard output')
    .addOption(
      new Option('--discovery <kind>', 'where Prometheus finds the service')
        .choices(['static', 'kubernetes', 'consul'])
        .default('static'),
    )
    .option(
      '--target <host:port>',
      'static: an admin port; may be repeated (default 127.0.0.1 and the declared one)',
      append,
    )
    .option('--namespace <name>', 'kubernetes: may be repeated (default all)', append)
    .option('--consul <host:port>', 'consul: an agent (default 127.0.0.1:8500)')
    .addHelpText('after', help)
    .action(slo)
}

async function slo(file: string, words: SloWords): Promise<void> {
  const { declaration } = await loadService(file)
  const wanted = kinds.filter((kind) => words[kind] === true)
  if (words.out !== undefined) return writeFiles(declaration, wanted.length === 0 ? kinds : wanted, words)
  if (wanted.length > 1) {
    throw new ServiceError(
      'TOO_MANY_OUTPUTS',
      `${wanted.map((kind) => `--${kind}`).join(' and ')} are several files: add --out FOLDER.`,
    )
  }
  const [kind] = wanted
  if (kind === undefined) return printObjectives(declaration)
  for (const note of notesOf(objectivesOf(declaration))) console.error(note)
  console.log((await textOf(kind, declaration, words)).trimEnd())
}

async function writeFiles(declaration: SloDeclaration, wanted: readonly Kind[], words: SloWords): Promise<void> {
  const { out = '.' } = words
  const texts = await Promise.all(wanted.map((kind) => textOf(kind, declaration, words)))
  await makeFolder(out)
  for (const [at, kind] of wanted.entries()) {
    const path = join(out, fileNames[kind](declaration.name))
    await writeTextFile(path, texts[at] ?? '')
    console.log(path)
  }
  for (const note of notesOf(objectivesOf(declaration))) console.error(note)
}

const fileNames: Readonly<Record<Kind, (service: string) => string>> = {
  rules: (service) => `${service}.rules.yml`,
  alerts: (service) => `${service}.alerts.yml`,
  grafana: (service) => `${service}.dashboard.json`,
  prometheus: () => 'prometheus.yml',
}

function printObjectives(declaration: SloDeclaration): void {
  const objectives = promisedBy(declaration)
  for (const line of columns(objectives.map((objective) => [objective.name, describeObjective(objective)]))) {
    console.log(line)
  }
  for (const note of notesOf(objectives)) console.error(note)
}

async function textOf(kind: Kind, declaration: SloDeclaration, words: SloWords): Promise<string> {
  const comment = [
    `From the declaration of '${declaration.name}' by genever slo. Change the declaration, not this file.`,
    ...notesOf(objectivesOf(declaration)),
  ]
  switch (kind) {
    case 'rules':
      promisedBy(declaration)
      return rulesYaml(recordingRules(declaration), { comment })
    case 'alerts':
      promisedBy(declaration)
      return rulesYaml(burnRateAlerts(declaration), { comment })
    case 'grafana':
      return `${JSON.stringify(grafanaDashboard(declaration), null, 2)}\n`
    case 'prometheus': {
      const ruleFiles = ['*.rules.yml', '*.alerts.yml']
      return yamlText(prometheusConfig([declaration], { discovery: discoveryOf(declaration, words), ruleFiles }), {
        comment,
      })
    }
  }
}

/** @throws ServiceError `NO_OBJECTIVES` */
function promisedBy(declaration: SloDeclaration): ReturnType<typeof objectivesOf> {
  const objectives = objectivesOf(declaration)
  if (objectives.length > 0) return objectives
  throw new ServiceError(
    'NO_OBJECTIVES',
    `'${declaration.name}' promises nothing, so there is nothing to watch. Add slo: { availability: 0.999 } to createService().`,
  )
}

function discoveryOf({ name }: SloDeclaration, { discovery, target, namespace, consul }: SloWords): Discovery {
  switch (discovery) {
    case 'static':
      return { kind: discovery, ...(target !== undefined && { targets: { [name]: target } }) }
    case 'kubernetes':
      return { kind: discovery, ...(namespace !== undefined && { namespaces: namespace }) }
    case 'consul':
      return { kind: discovery, ...(consul !== undefined && { server: consul }) }
  }
}
