import { type Condition, type Json, limits, validationError, type Where } from '@bifrost/contract'

/** Adds a value to the statement and answers its place, `$3`. */
type Param = (value: unknown) => string

/** The conditions of a query as SQL. No text of the caller's becomes part of the statement. */
export function whereSql(where: Where, param: Param): string[] {
  const fields = Object.entries(where)
  // A statement has room for so many values, and one that is near it keeps the server busy for seconds.
  if (fields.length > limits.tableWhereFieldsMax)
    throw validationError([{ field: 'where', message: `may name ${limits.tableWhereFieldsMax} fields` }])
  return fields.flatMap(([field, wanted]) => {
    const value = fieldSql(field, param)
    if (wanted === null) return [isNull(value)]
    if (typeof wanted !== 'object') return [compare(value, '=', wanted, param)]
    return Object.entries(wanted)
      .filter(([, operand]) => operand !== undefined)
      .map(([operator, operand]) => operators[operator as keyof Condition](value, operand as never, param))
  })
}

/** A field of the document as jsonb: `customer.address.city`. The row's own id is a field like others. */
export function fieldSql(field: string, param: Param): string {
  if (field === 'id') return 'to_jsonb(r.id)'
  const path = field.split('.')
  if (path.length > 10 || path.some((part) => part === ''))
    throw validationError([{ field, message: 'is no path of fields such as customer.city' }])
  return `(r.data #> ${param(path)}::text[])`
}

const isNull = (value: string) => `(${value} is null or ${value} = 'null')`
const text = (value: string) => `(${value} #>> '{}')`
const isText = (value: string) => `jsonb_typeof(${value}) = 'string'`

function compare(
  value: string,
  operator: '=' | '<' | '<=' | '>' | '>=',
  operand: Json,
  param: Param,
): string {
  const other = `${param(JSON.stringify(operand))}::jsonb`
  if (operator === '=') return `coalesce(${value} = ${other}, false)`
  // Only like with like: jsonb has an order of types, which nobody means.
  return `coalesce(jsonb_typeof(${value}) = jsonb_typeof(${other}) and ${value} ${operator} ${other}, false)`
}

const operators: {
  [K in keyof Condition]-?: (value: string, operand: NonNullable<Condition[K]>, param: Param) => string
} = {
  eq: (value, operand, param) => (operand === null ? isNull(value) : compare(value, '=', operand, param)),
  ne: (value, operand, param) =>
    operand === null ? `not ${isNull(value)}` : `not ${compare(value, '=', operand, param)}`,
  gt: (value, operand, param) => compare(value, '>', operand, param),
  gte: (value, operand, param) => compare(value, '>=', operand, param),
  lt: (value, operand, param) => compare(value, '<', operand, param),
  lte: (value, operand, param) => compare(value, '<=', operand, param),
  in: (value, operand, param) =>
    `coalesce(${value} = any(${param(operand.map((one) => JSON.stringify(one)))}::jsonb[]), false)`,
  isNull: (value, operand) => (operand ? isNull(value) : `not ${isNull(value)}`),
  contains: (value, operand, param) =>
    typeof operand === 'string'
      ? `coalesce(case when ${isText(value)} then strpos(${text(value)}, ${param(operand)}) > 0
           else ${value} @> ${param(JSON.stringify([operand]))}::jsonb end, false)`
      : `coalesce(jsonb_typeof(${value}) = 'array' and ${value} @> ${param(JSON.stringify([operand]))}::jsonb, false)`,
  startsWith: (value, operand, param) =>
    `coalesce(${isText(value)} and starts_with(${text(value)}, ${param(operand)}), false)`,
  endsWith: (value, operand, param) => {
    const ending = param(operand)
    return `coalesce(${isText(value)} and right(${text(value)}, length(${ending})) = ${ending}, false)`
  },
  hasKey: (value, operand, param) =>
    `coalesce(jsonb_typeof(${value}) = 'object' and ${value} ? ${param(operand)}, false)`,
}
