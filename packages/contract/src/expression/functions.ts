import type { Json } from '../parameters.ts'

export interface ExpressionFunction {
  /** The fewest and the most arguments. */
  arguments: readonly [number, number]
  call(given: readonly Json[]): Json
}

const text = (value: Json | undefined): string =>
  typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
const one = (call: (value: Json) => Json): ExpressionFunction => ({
  arguments: [1, 1],
  call: ([value = null]) => call(value),
})
const two = (call: (left: Json, right: Json) => Json): ExpressionFunction => ({
  arguments: [2, 2],
  call: ([left = null, right = null]) => call(left, right),
})
const ofNumbers = (pick: (...values: number[]) => number): ExpressionFunction => ({
  arguments: [1, 20],
  call(given) {
    const numbers = (Array.isArray(given[0]) ? given[0] : given).filter((value) => typeof value === 'number')
    return numbers.length === 0 ? null : pick(...numbers)
  },
})

export const isEmpty = (value: Json): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

function numberOf(value: Json): Json {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** What may be called. Each takes any value and answers one; none throws, and none looks at a clock or at chance. */
export const functions: Readonly<Record<string, ExpressionFunction>> = {
  isEmpty: one(isEmpty),
  length: one((value) =>
    typeof value === 'string' || Array.isArray(value) ? value.length : isEmpty(value) ? 0 : 1,
  ),
  lower: one((value) => text(value).toLowerCase()),
  upper: one((value) => text(value).toUpperCase()),
  trim: one((value) => text(value).trim()),
  text: one(text),
  number: one(numberOf),
  round: {
    arguments: [1, 2],
    call([value = null, digits = 0]) {
      if (typeof value !== 'number' || typeof digits !== 'number') return null
      const factor = 10 ** Math.min(10, Math.max(0, Math.trunc(digits)))
      return Math.round(value * factor) / factor
    },
  },
  min: ofNumbers(Math.min),
  max: ofNumbers(Math.max),
  contains: two((value, part) =>
    Array.isArray(value) ? value.some((item) => item === part) : text(value).includes(text(part)),
  ),
  startsWith: two((value, part) => text(value).startsWith(text(part))),
  endsWith: two((value, part) => text(value).endsWith(text(part))),
  coalesce: { arguments: [1, 20], call: (given) => given.find((value) => !isEmpty(value)) ?? null },
  if: {
    arguments: [3, 3],
    call: ([condition = null, yes = null, no = null]) =>
      isEmpty(condition) || condition === false || condition === 0 ? no : yes,
  },
}
