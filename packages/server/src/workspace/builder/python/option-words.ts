import type { StaticValue } from '../static-value.ts'

/** The options of TypeScript that have another name in Python, and their members. */
const NAMES = {
  execution_mode: 'executionMode',
  timeout_seconds: 'timeoutSeconds',
  retry_policy: 'retryPolicy',
  start_on: 'startOn',
  cancel_on: 'cancelOn',
  endpoint_enabled: 'endpointEnabled',
  allowed_methods: 'allowedMethods',
  disable_global_key: 'disableGlobalKey',
  public_endpoint: 'publicEndpoint',
  is_tool: 'isTool',
  tool_description: 'toolDescription',
  time_saved: 'timeSaved',
  cache_ttl_seconds: 'cacheTtlSeconds',
  cache_ttl: 'cacheTtl',
} as const

const MEMBERS = {
  max_retries: 'maxRetries',
  delay_seconds: 'delaySeconds',
  max_delay_seconds: 'maxDelaySeconds',
  catch_up: 'catchUp',
  per_seconds: 'perSeconds',
  max_seconds: 'maxSeconds',
  on_conflict: 'onConflict',
} as const

/** Options whose members have names of their own; the members of others are the author's. */
const WITH_MEMBERS: ReadonlySet<string> = new Set([
  'retryPolicy',
  'schedule',
  'rate',
  'debounce',
  'singleton',
])

const inTypeScript = new Map<string, string>(Object.entries({ ...NAMES, ...MEMBERS }))
const inPython = new Map([...inTypeScript].map(([python, typescript]) => [typescript, python]))
const WORDS = new RegExp(`\\b(${[...inPython.keys()].join('|')})\\b`, 'g')

/** How TypeScript calls this option; null: only TypeScript has one of this name. */
export function optionName(python: string): string | null {
  if (Object.hasOwn(NAMES, python)) return NAMES[python as keyof typeof NAMES]
  return inPython.has(python) ? null : python
}

/** The value of an option with the names that its members have in TypeScript. */
export function optionValue(option: string, value: StaticValue): StaticValue {
  if (!WITH_MEMBERS.has(option) || typeof value !== 'object' || value === null || Array.isArray(value))
    return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      Object.hasOwn(MEMBERS, name) ? MEMBERS[name as keyof typeof MEMBERS] : name,
      member,
    ]),
  )
}

/** A message about options, with the names of Python. */
export const inPythonWords = (message: string): string =>
  message.replace(WORDS, (word) => inPython.get(word) ?? word)
