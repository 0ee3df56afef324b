import { type FlowControl, limits } from '@bifrost/contract'
import type { SignatureReading } from './signature.ts'
import type { StaticValue } from './static-value.ts'

export const NO_FLOW_CONTROL: FlowControl = {
  concurrency: null,
  rate: null,
  debounce: null,
  singleton: null,
  idempotency: null,
  priority: 0,
}

/** Takes the value of one option into what the others said, or says in a few words what it must be. */
type FlowReader = (
  value: StaticValue,
  flow: FlowControl,
  warn: (message: string) => void,
) => FlowControl | string

type Members = Record<string, StaticValue>

/** An option that is an object with these members, and no `key` that leads nowhere. */
const withMembers =
  (
    option: string,
    members: readonly string[],
    read: (given: Members, flow: FlowControl) => FlowControl | string,
  ): FlowReader =>
  (value, flow, warn) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `must be an object with ${members.join(', ')}`
    for (const name of Object.keys(value))
      if (!members.includes(name)) warn(`Unknown member "${name}" of the option "${option}"; it is ignored.`)
    const { key } = value
    if (key !== undefined && !isPath(key))
      return 'needs "key" as the path of an input, written as text: "input.customerId"'
    return read(value, flow)
  }

const isPath = (value: StaticValue): value is string =>
  typeof value === 'string' && value.length <= 200 && /^input(\.[\p{L}\p{N}_$-]+)+$/u.test(value)

const isCount = (value: StaticValue, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max

const isSeconds = (value: StaticValue): value is number =>
  typeof value === 'number' && value >= 0.1 && value <= 86_400

const pathOf = (value: StaticValue) => (value as string | undefined) ?? null
const count = `as a whole number from 1 to ${limits.flowLimitMax}`
const seconds = 'as a number of seconds from 0.1 to 86400'

export const flowReaders: Record<string, FlowReader> = {
  concurrency: withMembers('concurrency', ['limit', 'key'], ({ limit, key }, flow) => {
    if (!isCount(limit, limits.flowLimitMax)) return `needs "limit" ${count}`
    if (flow.singleton) return NOT_BOTH
    return { ...flow, concurrency: { limit, key: pathOf(key) } }
  }),
  rate: withMembers('rate', ['limit', 'perSeconds', 'key'], ({ limit, perSeconds, key }, flow) => {
    if (!isCount(limit, limits.flowLimitMax)) return `needs "limit" ${count}`
    if (!isSeconds(perSeconds)) return `needs "perSeconds" ${seconds}`
    return { ...flow, rate: { limit, per_seconds: perSeconds, key: pathOf(key) } }
  }),
  debounce: withMembers('debounce', ['seconds', 'maxSeconds', 'key'], (given, flow) => {
    const { seconds: wait, maxSeconds: max, key } = given
    if (!isSeconds(wait)) return `needs "seconds" ${seconds}`
    if (max !== undefined && (!isSeconds(max) || max < wait))
      return `needs "maxSeconds" ${seconds}, and not less than "seconds"`
    if (flow.singleton) return NOT_WITH_SINGLETON
    return { ...flow, debounce: { seconds: wait, max_seconds: max ?? null, key: pathOf(key) } }
  }),
  singleton(value, flow, warn) {
    if (value === false) return flow
    if (flow.concurrency) return NOT_BOTH
    if (flow.debounce) return NOT_WITH_SINGLETON
    if (value === true) return { ...flow, singleton: { key: null, on_conflict: 'skip' } }
    return withMembers('singleton', ['key', 'onConflict'], ({ key, onConflict = 'skip' }) => {
      if (onConflict !== 'skip' && onConflict !== 'cancel_running')
        return 'needs "onConflict" as "skip" or "cancel_running"'
      return { ...flow, singleton: { key: pathOf(key), on_conflict: onConflict } }
    })(value, flow, warn)
  },
  idempotency: withMembers('idempotency', ['key'], ({ key }, flow) =>
    key === undefined
      ? 'needs "key" as the path of an input, written as text: "input.orderId"'
      : { ...flow, idempotency: { key: key as string } },
  ),
  priority(value, flow) {
    if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 100)
      return 'must be a whole number from -100 to 100'
    return { ...flow, priority: value }
  },
}

const NOT_BOTH = 'cannot be combined: "singleton" is a concurrency of one, so give one of the two'
const NOT_WITH_SINGLETON =
  'cannot be combined: "debounce" and "singleton" contradict each other for later starts'

/** A key that names no input of the workflow would put all its runs under one key; said as the sentence of an error. */
export function flowKeyProblem(flow: FlowControl | undefined, signature: SignatureReading): string | null {
  if (!flow) return null
  const open = signature.arguments.some((argument) => argument.kind === 'object' && argument.rest)
  if (open) return null
  const names = signature.parameters.map((parameter) => parameter.name)
  for (const option of ['concurrency', 'rate', 'debounce', 'singleton', 'idempotency'] as const) {
    const name = flow[option]?.key?.split('.')[1]
    if (name !== undefined && !names.includes(name))
      return `The option "${option}" has the key "${flow[option]?.key}", and the workflow has no input "${name}"${names.length > 0 ? `; it has ${names.join(', ')}` : ''}.`
  }
  return null
}
