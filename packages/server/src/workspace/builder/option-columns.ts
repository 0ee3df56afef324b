import { limits } from '@bifrost/contract'
import { CODE } from './option-events.ts'
import type { StaticValue } from './static-value.ts'

const ROOTS = ['input', 'steps', 'result']

/** The names of the display columns, or what is wrong with them. Their values are made where the code runs. */
export function readColumns(value: StaticValue): string[] | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be an object of names and paths or functions, such as { Claim: "steps.fetch.id" }'
  const names = Object.keys(value)
  if (names.length > limits.columnsMax) return `has more than ${limits.columnsMax} columns`
  for (const [name, column] of Object.entries(value)) {
    if (!name.trim() || name.length > limits.columnNameLengthMax || name.includes('='))
      return `needs names of 1 to ${limits.columnNameLengthMax} characters without "="; "${name.slice(0, 80)}" is none`
    if (column === CODE) continue
    if (
      typeof column !== 'string' ||
      !ROOTS.includes(column.split('.')[0] ?? '') ||
      column.split('.').includes('')
    )
      return `needs for "${name}" a function of the run, or a path that begins with ${ROOTS.join(', ')}, such as "steps.fetch.id"`
  }
  return names
}
