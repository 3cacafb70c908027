/**
 * `genever new NAME`: a service or a workspace that runs at once.
 *
 *   templates/both + templates/service │ workspace ──«{{name}}» filled in──▶ NAME/
 */
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { listFiles, listFolder, makeFolder, pathExists } from '../../platform/folders.ts'
import { type RuntimeName, runtimeName } from '../../platform/runtime.ts'
import { readTextFile, writeTextFile } from '../../platform/text-file.ts'
import { packageVersion } from '../package-version.ts'

interface NewOptions {
  readonly workspace: boolean
  readonly from?: string
  readonly runtime: RuntimeName
}

const help = `
Examples:
  $ genever new hello                               a service in ./hello
  $ genever new shop --workspace                    two services that call each other
  $ genever new hello --from genever-0.1.0.tgz      with the package from a file instead of the registry

Then:
  $ cd hello && npm install && npm start`

const templates = fileURLToPath(new URL('../templates/', import.meta.url))
/** Templates carry it so that nothing takes them for the file they become. */
const templateEnding = '.template'
const testCommands = { node: 'node --test', bun: 'bun test' } as const

export function configure(command: Command): void {
  command
    .argument('<name>', 'lower-case letters, digits and -; the name of the folder and of the service')
    .option('--workspace', 'several services that call one another', false)
    .option('--from <tarball>', 'take the package from this file')
    .addOption(new Option('--runtime <name>', 'what runs it').choices(['bun', 'node']).default(runtimeName))
    .addHelpText('after', help)
    .action(create)
}

async function create(name: string, { workspace, from, runtime }: NewOptions): Promise<void> {
  const folder = await freeFolder(name)
  const values = {
    name,
    runtime,
    testCommand: testCommands[runtime],
    genever: from === undefined ? `^${await packageVersion()}` : await fileDependency(from),
  }
  for (const template of ['both', workspace ? 'workspace' : 'service']) {
    await copyTemplate(join(templates, template), folder, values)
  }
  console.log(`Made ${workspace ? 'the workspace' : 'the service'} '${name}'. It runs at once:\n`)
  console.log(`  cd ${name} && npm install && npm start\n`)
}

/** @throws ServiceError `BAD_NAME`, or `FOLDER_NOT_EMPTY` so that nothing is overwritten. */
async function freeFolder(name: string): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new ServiceError(
      'BAD_NAME',
      `A name has up to 40 lower-case letters, digits and '-', and begins with a letter; '${name.slice(0, 60)}' does not.`,
    )
  }
  const folder = resolve(name)
  if ((await pathExists(folder)) && (await listFolder(folder)).length > 0) {
    throw new ServiceError('FOLDER_NOT_EMPTY', `${folder} is there and not empty. Choose another name, or empty it.`)
  }
  return folder
}

/** @throws ServiceError `FILE_NOT_FOUND` */
async function fileDependency(tarball: string): Promise<string> {
  const path = resolve(tarball)
  if (await pathExists(path)) return `file:${path}`
  throw new ServiceError('FILE_NOT_FOUND', `There is no file ${path}. 'npm run build -- --pack' makes the tarball.`)
}

async function copyTemplate(template: string, folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const file of await listFiles(template)) {
    const target = join(folder, targetOf(file))
    await makeFolder(dirname(target))
    await writeTextFile(target, fillIn(await readTextFile(join(template, file)), values))
  }
}

/** npm leaves `.gitignore` out of packages, so the template has no dot. */
function targetOf(file: string): string {
  const target = file.slice(0, -templateEnding.length)
  return target === 'gitignore' ? '.gitignore' : target
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (placeholder, key: string) => values[key] ?? placeholder)
}
