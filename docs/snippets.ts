/** A fenced block of a page, with what its fence says about it. */
export interface Snippet {
  page: string
  /** Line of the fence, from 1. */
  line: number
  language: string
  /** Words without a value, such as `run` and `result`. */
  flags: Set<string>
  /** `name=value`, `name="value"` or `name='value'`. */
  attributes: Map<string, string>
  text: string
}

/** All fenced blocks of a Markdown page. */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = []
  let open: Snippet | null = null
  markdown.split('\n').forEach((line, index) => {
    const fence = /^\s*```(.*)$/.exec(line)
    if (!fence) {
      if (open) open.text += `${line}\n`
    } else if (open) {
      snippets.push(open)
      open = null
    } else open = { page, line: index + 1, ...readInfo(fence[1] ?? ''), text: '' }
  })
  if (open) throw new Error(`${page}: a fence is not closed`)
  return snippets
}

function readInfo(info: string): Pick<Snippet, 'language' | 'flags' | 'attributes'> {
  const [language = '', ...rest] = info.trim().split(/\s+/)
  const flags = new Set<string>()
  const attributes = new Map<string, string>()
  for (const [, name = '', , single, double, bare] of rest
    .join(' ')
    .matchAll(/([\w-]+)(=(?:'([^']*)'|"([^"]*)"|(\S+)))?/g)) {
    const value = single ?? double ?? bare
    if (value === undefined) flags.add(name)
    else attributes.set(name, value)
  }
  return { language, flags, attributes }
}

export const nameOf = ({ page, line }: Snippet): string => `${page}:${line}`

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g

/**
 * A value with what differs from run to run made equal: ids, times, durations, hashes. What is left must be as the page
 * says, so an answer in the documentation cannot be one that the platform never gave.
 */
export function comparable(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member, name)]))
  if (typeof value === 'number' && /(_ms|_bytes)$/.test(key)) return `<${key}>`
  if (typeof value !== 'string') return value
  if (['request_id', 'code_version', 'etag'].includes(key)) return `<${key}>`
  return value.replace(UUID, '<id>').replace(TIME, '<time>')
}
