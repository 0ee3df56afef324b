import { types } from 'node:util'
import { limits } from '@bifrost/contract'
import { className } from '../json.ts'

/**
 * A variable's value for people who look for a mistake: JSON where it is JSON, `<TypeName>` where it is not, and cut
 * where it is long. Never throws and never calls the author's code, but for getters of plain data, which it skips.
 */
export function describeValue(value: unknown): unknown {
  const budget = { bytes: limits.variableBytesMax }
  try {
    return describe(value, budget, new Set())
  } catch {
    // A class whose `name` or `constructor` is not what everybody's is.
    return '<unreadable>'
  }
}

interface Budget {
  bytes: number
}

const DEPTH_MAX = 8

function describe(value: unknown, budget: Budget, parents: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return cutText(value, budget)
    case 'number':
      budget.bytes -= 8
      return Number.isFinite(value) ? value : `<${value}>`
    case 'boolean':
      budget.bytes -= 5
      return value
    case 'undefined':
      return '<undefined>'
    case 'bigint':
      return `<BigInt ${cutText(value.toString(), budget)}>`
    case 'symbol':
      return '<Symbol>'
    case 'function':
      if (types.isProxy(value)) return '<Proxy>'
      return `<Function ${value.name || 'anonymous'}>`
  }
  if (value === null) return null
  const object = value as object
  // Whatever is asked of a proxy runs the author's code.
  if (types.isProxy(object)) return '<Proxy>'
  if (parents.has(object)) return '<Circular>'
  if (parents.size >= DEPTH_MAX) return `<${className(object)}>`
  parents.add(object)
  const described = describeObject(object, budget, parents)
  parents.delete(object)
  return described
}

function describeObject(object: object, budget: Budget, parents: Set<object>): unknown {
  if (Array.isArray(object)) {
    const items: unknown[] = []
    for (const item of object) {
      if (budget.bytes <= 0) {
        items.push(`… ${object.length - items.length} more items`)
        break
      }
      items.push(describe(item, budget, parents))
    }
    return items
  }
  if (object instanceof Date)
    return Number.isNaN(object.getTime()) ? '<Date invalid>' : `<Date ${object.toISOString()}>`
  if (object instanceof Error) return `<${className(object)}: ${cutText(String(object.message), budget)}>`
  if (types.isModuleNamespaceObject(object)) return '<Module>'
  if (object instanceof Map || object instanceof Set) return `<${className(object)} of ${object.size}>`
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) return `<${className(object)}>`
  return describeMembers(object, budget, parents)
}

function describeMembers(object: object, budget: Budget, parents: Set<object>): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  const keys = Object.keys(object)
  for (const [index, key] of keys.entries()) {
    if (budget.bytes <= 0) {
      members['…'] = `${keys.length - index} more members`
      break
    }
    budget.bytes -= key.length
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    members[key] = descriptor?.get ? '<getter>' : describe(descriptor?.value, budget, parents)
  }
  return members
}

function cutText(text: string, budget: Budget): string {
  const room = Math.max(0, budget.bytes)
  budget.bytes -= text.length
  return text.length <= room ? text : `${text.slice(0, room)}… (${text.length - room} more characters)`
}
