import { type CancelOn, EventName, limits, type StartOn } from '@bifrost/contract'
import type { StaticValue } from './static-value.ts'

/** Stands for a function in the value of an option: it is there, and only a run can call it. */
export const CODE = '\0code'

type Members = { [name: string]: StaticValue }

const isObject = (value: StaticValue): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEventName = (value: StaticValue): value is string => EventName.safeParse(value).success

const NAME = `needs "event" as the name of an event (letters, digits and . _ - : /), such as "order.created"`
const EVENT_MEMBERS = ['id', 'name', 'key', 'payload', 'emittedAt']

function warnUnknown(value: Members, known: string[], option: string, warn: (message: string) => void): void {
  for (const name of Object.keys(value))
    if (!known.includes(name)) warn(`Unknown member "${name}" of the option "${option}"; it is ignored.`)
}

/** Which event starts the workflow and how its input is made, or what is wrong with it. */
export function readStartOn(value: StaticValue, warn: (message: string) => void): StartOn | string {
  if (!isObject(value)) return 'must be an object with event and, optionally, map'
  warnUnknown(value, ['event', 'map'], 'startOn', warn)
  const { event, map = null } = value
  if (!isEventName(event)) return NAME
  if (map === null || map === CODE) return { event, map: map === CODE ? 'code' : null }
  if (!isObject(map)) return 'needs "map" as a function of the event, or an object of paths'
  const paths: Record<string, string> = {}
  for (const [parameter, path] of Object.entries(map)) {
    if (typeof path !== 'string' || !EVENT_MEMBERS.includes(path.split('.')[0] ?? ''))
      return `needs in "map" for "${parameter}" a path into the event, such as "payload.id" (it has ${EVENT_MEMBERS.join(', ')})`
    paths[parameter] = path
  }
  return { event, map: paths }
}

/** Which events cancel a run of the workflow, or what is wrong with it. */
export function readCancelOn(value: StaticValue, warn: (message: string) => void): CancelOn[] | string {
  const given = Array.isArray(value) ? value : [value]
  const read: CancelOn[] = []
  for (const one of given) {
    if (!isObject(one)) return 'must be an object with event and match, or a list of them'
    warnUnknown(one, ['event', 'match'], 'cancelOn', warn)
    const { event, match = {} } = one
    if (!isEventName(event)) return NAME
    if (!isObject(match) || Object.keys(match).length > limits.eventMatchFieldsMax)
      return `needs "match" as an object of at most ${limits.eventMatchFieldsMax} fields`
    const paths: Record<string, string> = {}
    for (const [field, path] of Object.entries(match)) {
      if (typeof path !== 'string' || !path.startsWith('input.'))
        return `needs in "match" for "${field}" a path into the input, such as "input.orderId"`
      paths[field] = path
    }
    read.push({ event, match: paths })
  }
  return read
}
