/** What is wrong with the value of an option, such as "must be a function"; null when nothing is. */
export type OptionCheck = (value: unknown) => string | null
export type OptionChecks = Readonly<Record<string, OptionCheck>>

/**
 * Refuses options that a call does not know, and values that cannot be meant: ignored, they would look as if they had an
 * effect. An option that is undefined is absent.
 */
export function requireOptions(call: string, options: unknown, known: OptionChecks): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`The options of ${call} must be an object such as { ${Object.keys(known)[0]}: … }.`)
  for (const name in options) {
    const value = (options as Record<string, unknown>)[name]
    const check = Object.hasOwn(known, name) ? known[name] : undefined
    if (!check) throw new TypeError(unknownOption(call, name, Object.keys(known)))
    const problem = value === undefined ? null : check(value)
    if (problem !== null)
      throw new TypeError(`The option ${name} of ${call} ${problem}; it is ${shown(value)}.`)
  }
}

function unknownOption(call: string, name: string, known: readonly string[]): string {
  const same = known.find((one) => one.toLowerCase() === name.toLowerCase())
  return same
    ? `${call} has no option "${name}"; did you mean "${same}"?`
    : `${call} has no option "${name}"; it has ${known.join(', ')}.`
}

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 100))
    : typeof value === 'object' || typeof value === 'function'
      ? `a ${typeof value}`
      : String(value)

export const anything: OptionCheck = () => null
export const flag: OptionCheck = (value) => (typeof value === 'boolean' ? null : 'must be true or false')
export const fn: OptionCheck = (value) => (typeof value === 'function' ? null : 'must be a function')
export const text: OptionCheck = (value) => (typeof value === 'string' ? null : 'must be text')

/** A whole number from `min` on. */
export const wholeFrom =
  (min: number): OptionCheck =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min
      ? null
      : `must be a whole number of at least ${min}`

/** A number of at least 0. */
export const notNegative: OptionCheck = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? null : 'must be a number of at least 0'

/** A number above 0, also Infinity. */
export const positive: OptionCheck = (value) =>
  typeof value === 'number' && value > 0 ? null : 'must be a number above 0'
