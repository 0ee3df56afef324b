import type { Parameter } from '@bifrost/contract'

/** A parameter, and what a designed form says of its looks. */
export interface DrawnParameter extends Parameter {
  control?: ControlKind
  placeholder?: string | undefined
  /** What a text is, for the keyboard and the memory of the browser. */
  inputType?: 'email' | undefined
  /** Radio buttons or a select, however many options there are. */
  choice?: 'radio' | 'select'
  /** Its options are on the way. */
  loading?: boolean
  /** Endings and media types of files. */
  accept?: readonly string[] | undefined
}

/** Which control a parameter gets. */
export type ControlKind =
  | 'text'
  | 'multiline'
  | 'number'
  | 'toggle'
  | 'yes-no'
  | 'choice'
  | 'choices'
  | 'list'
  | 'object'
  | 'json'
  | 'datetime'
  | 'date'
  | 'file'

export function controlKind(parameter: DrawnParameter): ControlKind {
  if (parameter.control) return parameter.control
  if (parameter.type === 'list') return parameter.options ? 'choices' : 'list'
  if (parameter.options) return 'choice'
  switch (parameter.type) {
    case 'string':
      return isLong(parameter) ? 'multiline' : 'text'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      // A switch cannot say "not given"; where that is an answer of its own, three choices can.
      return parameter.required || typeof parameter.default === 'boolean' ? 'toggle' : 'yes-no'
    default:
      return parameter.type
  }
}

const longWords = /\b(multi-?line|long text|markdown|paragraphs?|one per line|several lines|free text)\b/i
const longNames =
  /^(body|message|description|notes?|comments?|prompt|content|template|sql|html|markdown|csv|script|code)$/i

function isLong({ name, help, default: preset }: Parameter): boolean {
  if (typeof preset === 'string' && (preset.includes('\n') || preset.length > 80)) return true
  return longNames.test(name) || (help !== null && longWords.test(help))
}

/** The items of a list, as if they were a parameter: what is in the list must be there. */
export function itemParameter(list: Parameter): Parameter {
  const type = list.items === undefined || list.items === 'list' ? 'json' : list.items
  return {
    name: list.name,
    type,
    label: list.label,
    required: true,
    default: null,
    options: null,
    help: null,
    ...(list.fields ? { fields: list.fields } : {}),
  }
}
