import { type Condition, type Json, limits, validationError, type Where } from '@bifrost/contract'

/** Adds a value to the statement and answers its place, `$3`. */
export type Param = (value: unknown) => string

/** Where the fields of rows are kept: those with an index also as a key, in the place of this number. */
export type KeyPlaces = ReadonlyMap<string, number>
export const NO_KEYS: KeyPlaces = new Map()

/** A field within a statement about `table_rows r`. */
export interface FieldSql {
  /** Its value as jsonb; asked for only where it is used, because a statement has no values to spare. */
  json(): string
  /** A column that stands for it: the id, or a time. */
  column?: string
  /** The column of its key, and what the index of it wants to hear. */
  key?: { column: string; kept: string }
}

/** The conditions of a query as SQL. No text of the caller's becomes part of the statement. */
export function whereSql(where: Where, param: Param, keys: KeyPlaces = NO_KEYS): string[] {
  const fields = Object.entries(where)
  // A statement has room for so many values, and one that is near it keeps the server busy for seconds.
  if (fields.length > limits.tableWhereFieldsMax)
    throw validationError([{ field: 'where', message: `may name ${limits.tableWhereFieldsMax} fields` }])
  return fields.flatMap(([field, wanted]) => {
    const value = fieldSql(field, param, keys)
    if (wanted === null) return [isNull(value)]
    if (typeof wanted !== 'object') return [equals(value, wanted, param)]
    return Object.entries(wanted)
      .filter(([, operand]) => operand !== undefined)
      .map(([operator, operand]) => operators[operator as keyof Condition](value, operand as never, param))
  })
}

/** What the server knows of a row, beside its content. */
const ownColumns: Record<string, string> = {
  id: 'r.id',
  created_by: 'r.created_by::text',
  updated_by: 'r.updated_by::text',
  $created_at: `to_char(r.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  $updated_at: `to_char(r.updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
}

/** A field of the document, `customer.address.city`; or of the row: its id, who wrote it, and when. */
export function fieldSql(field: string, param: Param, keys: KeyPlaces): FieldSql {
  const column = Object.hasOwn(ownColumns, field) ? ownColumns[field] : undefined
  if (column) return { json: () => `to_jsonb(${column})`, column }
  const path = pathOf(field)
  let known: string | undefined
  const json = () => {
    known ??= `(r.data #> ${param(path)}::text[])`
    return known
  }
  const place = keys.get(field)
  return place === undefined
    ? { json }
    : { json, key: { column: `r.k${place}`, kept: `(r.keyed & ${bitOf(place)}) <> 0` } }
}

/** The path of a dotted field within the document. */
export function pathOf(field: string): string[] {
  const path = field.split('.')
  if (path.length > 10 || path.some((part) => part === '') || field.includes('\0'))
    throw validationError([{ field, message: 'is not a path of fields such as customer.city' }])
  return path
}

export const bitOf = (place: number): number => 1 << (place - 1)

/** A key has the whole of a text up to here; see table_key. */
const KEY_TEXT = 120
const isKeyText = (text: string) => text.length < KEY_TEXT

function isNull({ json, column, key }: FieldSql): string {
  if (key) return `(${key.kept} and ${key.column} is null)`
  return column ? `${column} is null` : `(${json()} is null or ${json()} = 'null')`
}

function isNotNull({ json, column, key }: FieldSql): string {
  if (key) return `(${key.kept} and ${key.column} is not null)`
  return column ? `${column} is not null` : `(${json()} <> 'null')`
}

const text = ({ json, column }: FieldSql) => column ?? `(${json()} #>> '{}')`
const isText = ({ json, column }: FieldSql) => (column ? 'true' : `jsonb_typeof(${json()}) = 'string'`)
const asJson = (value: Json, param: Param) => `${param(JSON.stringify(value))}::jsonb`
const isScalar = (value: Json) => typeof value !== 'object'

function equals(field: FieldSql, operand: Json, param: Param): string {
  if (operand === null) return isNull(field)
  if (field.key && isScalar(operand))
    return `(${field.key.kept} and ${field.key.column} = table_key(${asJson(operand, param)}))`
  if (field.column)
    return typeof operand === 'string' ? `coalesce(${field.column} = ${param(operand)}, false)` : 'false'
  return `coalesce(${field.json()} = ${asJson(operand, param)}, false)`
}

function isOneOf(field: FieldSql, operands: Json[], param: Param): string {
  const values = operands.filter((one) => one !== null)
  const found: string[] = operands.length > values.length ? [isNull(field)] : []
  const list = () => `${param(values.map((one) => JSON.stringify(one)))}::jsonb[]`
  if (values.length > 0 && field.column)
    found.push(
      `coalesce(${field.column} = any(${param(values.filter((one) => typeof one === 'string'))}::text[]), false)`,
    )
  else if (values.length > 0 && field.key && values.every(isScalar))
    found.push(
      `(${field.key.kept} and ${field.key.column} = any(array(select table_key(v) from unnest(${list()}) v)))`,
    )
  else if (values.length > 0) found.push(`coalesce(${field.json()} = any(${list()}), false)`)
  return found.length > 0 ? `(${found.join(' or ')})` : 'false'
}

/** Keys of a type begin with its letter: from there, and up to the next. */
const keyRange = { string: ['a', 'b'], number: ['b', 'c'], boolean: ['c', 'd'] } as const

/** Only like with like: an order of types is nothing that anybody means. */
function compare(field: FieldSql, operator: '<' | '<=' | '>' | '>=', operand: Json, param: Param): string {
  if (operand === null) return 'false'
  const kind = typeof operand
  const { key, column, json } = field
  if (key && kind in keyRange && (typeof operand !== 'string' || isKeyText(operand))) {
    const [from, to] = keyRange[kind as keyof typeof keyRange]
    const other = `table_key(${asJson(operand, param)})`
    const bound = operator.startsWith('>') ? `${key.column} < '${to}'` : `${key.column} >= '${from}'`
    return `(${key.kept} and ${key.column} ${operator} ${other} and ${bound})`
  }
  if (typeof operand === 'string')
    return `coalesce(${isText(field)} and ${text(field)} ${column ? '' : 'collate "C"'} ${operator} ${param(operand)}, false)`
  if (column) return 'false'
  const other = asJson(operand, param)
  return `coalesce(jsonb_typeof(${json()}) = jsonb_typeof(${other}) and ${json()} ${operator} ${other}, false)`
}

function startsWith(field: FieldSql, start: string, param: Param): string {
  if (field.key && isKeyText(start)) {
    // The last code point there is comes after whatever else may follow.
    const [from, to] = [param(`a${start}`), param(`a${start}\u{10ffff}`)]
    return `(${field.key.kept} and ${field.key.column} >= ${from} and ${field.key.column} < ${to})`
  }
  return `coalesce(${isText(field)} and starts_with(${text(field)}, ${param(start)}), false)`
}

const operators: {
  [K in keyof Condition]-?: (field: FieldSql, operand: NonNullable<Condition[K]>, param: Param) => string
} = {
  eq: equals,
  // Without the key: a row that has none of it is different, too.
  ne: ({ key: _, ...field }, operand, param) =>
    operand === null ? isNotNull(field) : `not ${equals(field, operand, param)}`,
  gt: (field, operand, param) => compare(field, '>', operand, param),
  gte: (field, operand, param) => compare(field, '>=', operand, param),
  lt: (field, operand, param) => compare(field, '<', operand, param),
  lte: (field, operand, param) => compare(field, '<=', operand, param),
  in: isOneOf,
  isNull: (field, operand) => (operand ? isNull(field) : isNotNull(field)),
  contains: (field, operand, param) => {
    const { json, column } = field
    if (column)
      return typeof operand === 'string'
        ? `coalesce(strpos(${column}, ${param(operand)}) > 0, false)`
        : 'false'
    const element = `${json()} @> ${asJson([operand], param)}`
    return typeof operand === 'string'
      ? `coalesce(case when ${isText(field)} then strpos(${text(field)}, ${param(operand)}) > 0
           else ${element} end, false)`
      : `coalesce(jsonb_typeof(${json()}) = 'array' and ${element}, false)`
  },
  startsWith,
  endsWith: (field, operand, param) => {
    const ending = param(operand)
    return `coalesce(${isText(field)} and right(${text(field)}, length(${ending})) = ${ending}, false)`
  },
  hasKey: ({ json, column }, operand, param) =>
    column
      ? 'false'
      : `coalesce(jsonb_typeof(${json()}) = 'object' and ${json()} ? ${param(operand)}, false)`,
}
