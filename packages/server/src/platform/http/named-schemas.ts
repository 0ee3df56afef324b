import * as contract from '@bifrost/contract'
import { z } from 'zod'
import { jsonSchema } from './schemas.ts'

type Io = 'input' | 'output'
type JsonSchema = Record<string, unknown>

/** What the contract exports under a name is known under that name: `Execution`, `Workflow` … `Json` says nothing. */
const names = new Map<z.core.$ZodType, string>()
for (const [name, value] of Object.entries(contract))
  if (value instanceof z.ZodType && value !== contract.Json && !names.has(value))
    names.set(value, value === contract.ErrorBody ? 'Error' : name)

/** The descriptions that all schemas have, and the names of those that are exported. */
class Registry extends z.core.$ZodRegistry<z.core.GlobalMeta> {
  // The base class returns a conditional type that cannot be written without its symbols.
  override get<S extends z.core.$ZodType>(
    schema: S,
  ): ReturnType<z.core.$ZodRegistry<z.core.GlobalMeta>['get']> {
    const meta = z.globalRegistry.get(schema)
    const id = names.get(schema)
    return (id === undefined ? meta : { ...meta, id }) as never
  }
}
const registry = new Registry()

/** The schemas of an OpenAPI document that have names of their own, so that generated clients have types of these names. */
export class NamedSchemas {
  readonly #schemas = new Map<string, JsonSchema>()

  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The schema as it stands at a place of the document; `place` names parts that refer to themselves and have no name. */
  of(schema: z.ZodType, io: Io, place: string): JsonSchema {
    const name = names.get(schema)
    if (name === undefined) return this.#take(schema, io, place)
    return { $ref: `#/components/schemas/${this.#keep(schema, io, name)}` }
  }

  #keep(schema: z.ZodType, io: Io, name: string): string {
    const own = this.#nameOf(schema, io, name)
    if (!this.#schemas.has(own)) {
      // Known before its parts are: one of them may be of this very schema.
      this.#schemas.set(own, {})
      this.#schemas.set(own, this.#take(schema, io, own))
    }
    return own
  }

  #take(schema: z.ZodType, io: Io, place: string): JsonSchema {
    const {
      $defs = {},
      id: _,
      ...made
    } = jsonSchema(schema, { target: 'draft-2020-12', io, metadata: registry }) as {
      $defs?: Record<string, JsonSchema>
      id?: string
    }
    // A schema that has a name is itself one of its definitions.
    const own = names.get(schema)
    const body = (own === undefined ? undefined : $defs[own]) ?? made
    const renamed = new Map<string, string>()
    for (const name of Object.keys($defs)) {
      const found = byName.get(name)
      if (found && found !== schema) renamed.set(name, this.#keep(found, io, name))
      else if (found) renamed.set(name, this.#nameOf(found, io, name))
      else renamed.set(name, `${place}${name.replaceAll(/\W|_/g, '')}`)
    }
    for (const [name, part] of Object.entries($defs))
      if (!byName.has(name)) this.#schemas.set(renamed.get(name) ?? name, pointTo(part, renamed))
    return pointTo(body, renamed)
  }

  /** What is sent may differ from what is answered: members with a default may be left out. */
  #nameOf(schema: z.ZodType, io: Io, name: string): string {
    if (io === 'output') return name
    const text = (way: Io) => JSON.stringify(jsonSchema(schema, { target: 'draft-2020-12', io: way }))
    return text('input') === text('output') ? name : `${name}Input`
  }
}

const byName = new Map([...names].map(([schema, name]) => [name, schema as z.ZodType]))

/** References of one schema become references of the document. */
function pointTo(schema: JsonSchema, renamed: ReadonlyMap<string, string>): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value
    const name = value.replace('#/$defs/', '')
    return `#/components/schemas/${renamed.get(name) ?? name}`
  })
  return JSON.parse(text) as JsonSchema
}
