import { inputChecker, type Json, type Parameter, validationError } from '@bifrost/contract'

type Members = { [key: string]: Json }

/**
 * An answer as the run gets it: checked against the fields of its screen, with their defaults where nothing was given.
 * Throws the field errors of one that does not fit. A screen without fields takes any JSON.
 */
export function checkedAnswer(fields: Parameter[] | null, output: Json): Json {
  if (!fields) return output
  const checked = inputChecker(fields)(output)
  if (checked.ok) return completed(fields, checked.input)
  throw validationError(
    checked.errors.map(({ field, message }) => ({
      field: field === 'input' ? 'output' : field,
      message: message
        .replace('a parameter of this workflow', 'a field of this screen')
        .replace('per parameter', 'per field'),
    })),
  )
}

/** An empty field is the default, or absent: the code never sees a null that its type does not have. */
function completed(fields: Parameter[], answer: Members): Members {
  const members = fields.flatMap((field): [string, Json][] => {
    const value = answer[field.name] ?? field.default
    return value === null ? [] : [[field.name, inside(field, value)]]
  })
  return Object.fromEntries(members)
}

function inside(field: Parameter, value: Json): Json {
  const { fields } = field
  if (!fields) return value
  if (Array.isArray(value)) return value.map((item) => inside(field, item))
  return typeof value === 'object' && value !== null ? completed(fields, value) : value
}
