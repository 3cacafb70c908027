/** Parameters of an OpenAPI operation, from the schemas of the parts of a request. */
import { type JsonSchema, jsonSchemaOf } from '../../schema/json-schema.ts'
import { alternativesOf, isNode, propertiesOf, resolve } from '../../schema/json-schema-node.ts'
import type { Schema } from '../../schema/schema.ts'
import type { PathPattern } from '../path-pattern.ts'
import { identifier, type SchemaBook } from './schema-book.ts'

export interface Parameter {
  readonly name: string
  readonly in: ParameterPlace
  readonly required?: boolean
  readonly description?: string
  readonly deprecated?: boolean
  readonly style?: string
  readonly explode?: boolean
  /** OpenAPI has no word for it. */
  readonly 'x-catch-all'?: true
  readonly schema: JsonSchema
}

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

/** One part of a request. */
interface Part {
  readonly place: ParameterPlace
  readonly schema: Schema | undefined
  /** Begins the names of components that come from here. */
  readonly hint: string
}

/** OpenAPI 3.1 section 4.8.12: described elsewhere in a document, and ignored as parameters. */
const notParameters = new Set(['accept', 'content-type', 'authorization'])

/** Those of a path in its order, typed by the schema where it knows them. `names` are what the document calls them. */
export function pathParameters(
  pattern: PathPattern,
  names: readonly string[],
  part: Omit<Part, 'place'>,
  book: SchemaBook,
): Parameter[] {
  const known = new Map(parametersOf({ ...part, place: 'path' }, book).map((parameter) => [parameter.name, parameter]))
  const catchAll = pattern.parts.find(({ kind }) => kind === 'catch-all')
  return pattern.names.map((written, index) => {
    const isRest = catchAll !== undefined && 'name' in catchAll && catchAll.name === written
    const {
      schema = { type: 'string' },
      description = isRest ? 'The rest of the path; its slashes stay slashes.' : undefined,
    } = known.get(written) ?? {}
    return {
      name: names[index] ?? written,
      in: 'path',
      required: true,
      ...(description !== undefined && { description }),
      ...(isRest && { 'x-catch-all': true }),
      schema,
    }
  })
}

/** One for each member that the schema has, in any of its alternatives. */
export function parametersOf({ place, schema, hint }: Part, book: SchemaBook): Parameter[] {
  if (schema === undefined) return []
  const { schema: root, reason } = jsonSchemaOf(schema, 'input')
  if (root === undefined) return place === 'query' ? [freeForm({ description: `Not described: ${reason}.` })] : []

  const { members, required, others } = shapeOf(root, root)
  const parameters = [...members]
    .filter(([name]) => place !== 'header' || !notParameters.has(name.toLowerCase()))
    .map(([name, nodes]): Parameter => {
      const { description, deprecated, ...type } = oneOf(nodes)
      return {
        name,
        in: place,
        ...(required.has(name) && { required: true }),
        ...(typeof description === 'string' && { description }),
        ...(deprecated === true && { deprecated }),
        schema: book.add(type, hint + identifier(name), root),
      }
    })
  if (others !== undefined && place === 'query') {
    parameters.push(freeForm({ additionalProperties: book.add(others, `${hint}Item`, root) }))
  }
  return parameters
}

/** How OpenAPI says that names are not known beforehand. */
function freeForm(schema: JsonSchema): Parameter {
  return { name: 'others', in: 'query', style: 'form', explode: true, schema: { type: 'object', ...schema } }
}

interface Shape {
  readonly members: ReadonlyMap<string, readonly JsonSchema[]>
  readonly required: ReadonlySet<string>
  /** The schema of members without a name of their own. */
  readonly others: JsonSchema | undefined
}

/** Members of an object and its parts; those of alternatives are required only if every alternative says so. */
function shapeOf(unresolved: JsonSchema, root: JsonSchema): Shape {
  const node = resolve(unresolved, root) ?? {}
  const own: Shape = {
    members: new Map(propertiesOf(node).map(([name, member]) => [name, [member]])),
    required: new Set(Array.isArray(node.required) ? node.required : []),
    others: isNode(node.additionalProperties) ? node.additionalProperties : undefined,
  }
  const parts = Array.isArray(node.allOf) ? node.allOf.filter(isNode) : []
  const together = parts.reduce<Shape>((shape, part) => join(shape, shapeOf(part, root), either), own)
  const [first, ...more] = alternativesOf(node)?.map((alternative) => shapeOf(alternative, root)) ?? []
  if (first === undefined) return together
  return join(
    together,
    more.reduce((shape, alternative) => join(shape, alternative, both), first),
    either,
  )
}

type IsRequired = (name: string, a: ReadonlySet<string>, b: ReadonlySet<string>) => boolean
const either: IsRequired = (name, a, b) => a.has(name) || b.has(name)
const both: IsRequired = (name, a, b) => a.has(name) && b.has(name)

function join(a: Shape, b: Shape, isRequired: IsRequired): Shape {
  const members = new Map(a.members)
  for (const [name, nodes] of b.members) members.set(name, [...(members.get(name) ?? []), ...nodes])
  const required = [...members.keys()].filter((name) => isRequired(name, a.required, b.required))
  return { members, required: new Set(required), others: a.others ?? b.others }
}

function oneOf(nodes: readonly JsonSchema[]): JsonSchema {
  const [only] = nodes
  return only !== undefined && nodes.length === 1 ? only : { anyOf: nodes }
}
