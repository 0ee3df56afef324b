import {
  type Expression,
  evaluateExpression,
  expressionFields,
  isTrue,
  parseExpression,
} from './expression.ts'
import { asksFor, type FormField, type ShownField } from './form.ts'
import type { Json } from './parameters.ts'

type Field = FormField | ShownField

/** Expressions are read once per text; the texts come from stored forms. */
const parsed = new Map<string, Expression | null>()
const PARSED_MAX = 2000

/** An expression of a stored form, which was checked when it was saved; null if it still cannot be parsed. */
export function storedExpression(source: string): Expression | null {
  const known = parsed.get(source)
  if (known !== undefined) return known
  const read = parseExpression(source)
  if (parsed.size >= PARSED_MAX) parsed.clear()
  const expression = read.ok ? read.expression : null
  parsed.set(source, expression)
  return expression
}

/**
 * The fields whose values decide which options a field has.
 * @example providerFields(city) // ['country']
 */
export function providerFields({ provider }: Pick<FormField, 'provider'>): string[] {
  const names = new Set<string>()
  for (const input of Object.values(provider?.inputs ?? {})) {
    if ('field' in input) names.add(input.field)
    if ('expression' in input)
      for (const name of expressionFields(storedExpression(input.expression) ?? NOTHING)) names.add(name)
  }
  return [...names]
}

const NOTHING: Expression = { source: '', root: { kind: 'value', value: null } }

/**
 * The fields whose answers decide which options a field has: those that its provider is asked with, and those that
 * decide whether these show, because what is hidden has no value. A client that asks for options sends all of them.
 * @example optionNeeds(form.fields, 'desk') // ['room', 'site'], where room shows once there is a site
 */
export function optionNeeds(fields: readonly ShownField[], name: string): string[] {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const needs = new Set(byName.get(name)?.loads ?? [])
  // A set that grows while it is walked is walked to its end, and each name once.
  for (const need of needs) {
    const field = byName.get(need)
    if (field) for (const decides of visibilityFields(field)) needs.add(decides)
  }
  return [...needs]
}

/**
 * A field without what its filler need not know.
 * @example form.fields.map(shownField)
 */
export function shownField({ provider, ...field }: FormField): ShownField {
  return { ...field, loads: provider ? providerFields({ provider }) : null }
}

/** Which fields of a form show, and the values of those: what is hidden has none, for other fields as well. */
export interface VisibleFields {
  names: ReadonlySet<string>
  values: Record<string, Json>
}

/**
 * Which fields show with these values. An expression that cannot be evaluated shows its field.
 * @example visibleFields(form.fields, values, {}).names.has('vat')
 */
export function visibleFields(
  fields: readonly Field[],
  given: Readonly<Record<string, Json>>,
  context: Readonly<Record<string, Json>>,
): VisibleFields {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const known = new Map<string, boolean>()
  const isVisible = (field: Field): boolean => {
    const before = known.get(field.name)
    if (before !== undefined) return before
    // Fields that decide about each other are refused when a form is saved; if there are any nevertheless, both show.
    known.set(field.name, true)
    const expression = field.visible_if ? storedExpression(field.visible_if) : null
    const shows = expression === null || holds(expression, valuesOf(expressionFields(expression)))
    known.set(field.name, shows)
    return shows
  }
  const valuesOf = (names: readonly string[]): Record<string, Json> => {
    const values: Record<string, Json> = {}
    for (const name of names) {
      const field = byName.get(name)
      if (field && asksFor(field) && Object.hasOwn(given, name) && isVisible(field))
        values[name] = given[name] as Json
    }
    return values
  }
  const holds = (expression: Expression, values: Record<string, Json>): boolean => {
    try {
      return isTrue(evaluateExpression(expression, { fields: values, context }))
    } catch {
      return true
    }
  }
  const names = new Set(fields.filter(isVisible).map((field) => field.name))
  return { names, values: valuesOf(fields.map((field) => field.name)) }
}

/** Fields that decide about themselves by way of others: their names in order; null when none do. */
export function circleOf(fields: readonly FormField[]): string[] | null {
  const needs = new Map(
    fields.map((field) => [field.name, [...visibilityFields(field), ...providerFields(field)]]),
  )
  const done = new Set<string>()
  const walk = (name: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name]
    if (done.has(name)) return null
    for (const next of needs.get(name) ?? []) {
      const circle = walk(next, [...trail, name])
      if (circle) return circle
    }
    done.add(name)
    return null
  }
  for (const name of needs.keys()) {
    const circle = walk(name, [])
    if (circle) return circle
  }
  return null
}

function visibilityFields({ visible_if: source }: Pick<FormField, 'visible_if'>): string[] {
  const expression = source ? storedExpression(source) : null
  return expression ? expressionFields(expression) : []
}
