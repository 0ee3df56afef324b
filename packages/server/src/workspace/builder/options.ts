import {
  type CancelOn,
  type FlowControl,
  limits,
  type RetryPolicy,
  type ScheduleOption,
  type StartOn,
} from '@bifrost/contract'
import { readColumns } from './option-columns.ts'
import { readCancelOn, readStartOn } from './option-events.ts'
import { flowReaders, NO_FLOW_CONTROL } from './option-flow.ts'
import { readRetryPolicy } from './option-retry.ts'
import { readSchedule } from './option-schedule.ts'
import type { DefinedBy } from './sdk-symbols.ts'
import type { StaticValue } from './static-value.ts'

/** What the options of one executable say; members that are absent have their defaults still to come. */
export interface OptionValues {
  name?: string
  description?: string
  category?: string
  tags?: string[]
  executionMode?: 'sync' | 'async'
  timeoutSeconds?: number
  retryPolicy?: RetryPolicy
  schedule?: ScheduleOption
  columns?: string[]
  startOn?: StartOn
  cancelOn?: CancelOn[]
  flowControl?: FlowControl
  endpointEnabled?: boolean
  allowedMethods?: string[]
  disableGlobalKey?: boolean
  publicEndpoint?: boolean
  isTool?: boolean
  toolDescription?: string
  timeSaved?: number
  value?: number
  cacheTtlSeconds?: number
}

/** Takes the value of an option, or says in a few words what it must be. */
type Reader = (value: StaticValue, into: OptionValues, warn: (message: string) => void) => string | null

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

const text =
  (key: 'description' | 'category' | 'toolDescription'): Reader =>
  (value, into) => {
    if (typeof value !== 'string') return 'must be text'
    if (value.trim()) into[key] = value.trim()
    return null
  }

const flag =
  (key: 'endpointEnabled' | 'disableGlobalKey' | 'publicEndpoint' | 'isTool'): Reader =>
  (value, into) => {
    if (typeof value !== 'boolean') return 'must be true or false'
    into[key] = value
    return null
  }

const amount =
  (key: 'timeSaved' | 'value' | 'timeoutSeconds' | 'cacheTtlSeconds', max: number): Reader =>
  (value, into) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= max))
      return Number.isFinite(max) ? `must be a number from 0 to ${max}` : 'must be a number of 0 or more'
    into[key] = value
    return null
  }

const isTextList = (value: StaticValue): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const everywhere: Record<string, Reader> = {
  name(value, into) {
    if (typeof value !== 'string' || !value.trim() || value.length > 200)
      return 'must be text of 1 to 200 characters'
    into.name = value.trim()
    return null
  },
  description: text('description'),
  category: text('category'),
  tags(value, into) {
    if (!isTextList(value)) return 'must be a list of texts'
    into.tags = [...new Set(value.map((tag) => tag.trim()).filter(Boolean))]
    return null
  },
  timeoutSeconds: amount('timeoutSeconds', limits.timeoutSecondsMax),
}

/** Each option of flow control fills in its part of one object, which is there when one of them is. */
function flowOptions(): Record<string, Reader> {
  return Object.fromEntries(
    Object.entries(flowReaders).map(([name, read]): [string, Reader] => [
      name,
      (value, into, warn) => {
        const next = read(value, into.flowControl ?? NO_FLOW_CONTROL, warn)
        if (typeof next === 'string') return next
        into.flowControl = next
        return null
      },
    ]),
  )
}

/** An option with members of its own: read whole, or refused with what is wrong. */
const readBy =
  <K extends 'retryPolicy' | 'schedule' | 'columns' | 'startOn' | 'cancelOn'>(
    key: K,
    read: (
      value: StaticValue,
      warn: (message: string) => void,
    ) => Exclude<OptionValues[K], undefined> | string,
  ): Reader =>
  (value, into, warn) => {
    const given = read(value, warn)
    if (typeof given === 'string') return given
    into[key] = given as OptionValues[K]
    return null
  }

const ofWorkflows: Record<string, Reader> = {
  executionMode(value, into) {
    if (value !== 'sync' && value !== 'async') return 'must be "sync" or "async"'
    into.executionMode = value
    return null
  },
  retryPolicy: readBy('retryPolicy', readRetryPolicy),
  schedule: readBy('schedule', readSchedule),
  ...flowOptions(),
  columns: readBy('columns', readColumns),
  startOn: readBy('startOn', readStartOn),
  cancelOn: readBy('cancelOn', readCancelOn),
  endpointEnabled: flag('endpointEnabled'),
  allowedMethods(value, into) {
    const methods = isTextList(value) ? value.map((method) => method.toUpperCase()) : []
    if (methods.length === 0 || methods.some((method) => !HTTP_METHODS.includes(method)))
      return `must be a list of ${HTTP_METHODS.join(', ')}`
    into.allowedMethods = [...new Set(methods)]
    return null
  },
  disableGlobalKey: flag('disableGlobalKey'),
  publicEndpoint: flag('publicEndpoint'),
  timeSaved: amount('timeSaved', Number.POSITIVE_INFINITY),
  value: amount('value', Number.POSITIVE_INFINITY),
}

const ofProviders: Record<string, Reader> = {
  cacheTtlSeconds: amount('cacheTtlSeconds', Number.POSITIVE_INFINITY),
  cacheTtl: amount('cacheTtlSeconds', Number.POSITIVE_INFINITY),
}

const workflow: Record<string, Reader> = {
  ...everywhere,
  ...ofWorkflows,
  isTool: flag('isTool'),
  toolDescription: text('toolDescription'),
}
/** The name of a graph is an argument of its own. */
const { name: _, ...graph } = workflow

/** Which options each of the SDK's functions takes. */
export const optionReaders: Record<DefinedBy, Record<string, Reader>> = {
  workflow,
  graph,
  tool: { ...everywhere, ...ofWorkflows },
  dataProvider: { ...everywhere, ...ofProviders },
}

/** The known option that a mistyped or Python-style name most likely means. */
export function nearestOption(name: string, definedBy: DefinedBy): string | null {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '')
  const wanted = plain(name)
  const names = Object.keys(optionReaders[definedBy])
  return (
    names.find((option) => plain(option) === wanted) ??
    names.find((option) => plain(option).startsWith(wanted) || wanted.startsWith(plain(option))) ??
    null
  )
}
