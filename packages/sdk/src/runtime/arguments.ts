import type { CallArgument, Parameter } from '@bifrost/contract'
import type { FileRef } from '../types.ts'

/** The arguments that the author's function expects, from the JSON of the input. */
export function buildArguments(
  shape: readonly CallArgument[],
  parameters: readonly Parameter[],
  input: Record<string, unknown>,
  context: unknown,
): unknown[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const argumentOf = (name: string) => {
    const parameter = byName.get(name)
    return parameter ? fromJson(input[name], parameter) : input[name]
  }
  return shape.map((argument) => {
    if (argument.kind === 'context') return context
    if (argument.kind === 'parameter') return argumentOf(argument.name)
    const object: Record<string, unknown> = {}
    const names = argument.rest ? [...new Set([...argument.names, ...Object.keys(input)])] : argument.names
    // A member that was not given must be absent, not undefined: the author may ask `'x' in input`.
    for (const name of names) {
      const value = argumentOf(name)
      if (value !== undefined) object[name] = value
    }
    return object
  })
}

function fromJson(value: unknown, parameter: Parameter): unknown {
  if (value === undefined) return undefined
  // Null means "not given" where the type has no null, so that the default of the signature applies.
  if (value === null) return parameter.nullable || parameter.type === 'json' ? null : undefined
  switch (parameter.type) {
    case 'datetime':
      return new Date(value as string)
    case 'file':
      return fileRef(value as Record<string, unknown>)
    case 'object':
      return members(value as Record<string, unknown>, parameter.fields ?? [])
    case 'list':
      return (value as unknown[]).map((item) => {
        if (parameter.items === 'datetime') return new Date(item as string)
        if (parameter.items === 'file') return fileRef(item as Record<string, unknown>)
        if (parameter.items === 'object')
          return members(item as Record<string, unknown>, parameter.fields ?? [])
        return item
      })
    default:
      return value
  }
}

function members(value: Record<string, unknown>, fields: readonly Parameter[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const field of fields) {
    const member = fromJson(value[field.name], field)
    if (member !== undefined) object[field.name] = member
  }
  return object
}

const fileRef = ({ id, name, size, content_type }: Record<string, unknown>): FileRef => ({
  id: String(id),
  name: String(name),
  size: Number(size),
  contentType: String(content_type),
})
