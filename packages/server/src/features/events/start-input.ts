import type { CallArgument, Json } from '@bifrost/contract'
import { valueAt } from '../../platform/json-path.ts'
import type { Executable } from '../../workspace/types.ts'

/** An event as a workflow's `map` sees it. */
export interface EventForMap {
  id: string
  name: string
  key: string | null
  payload: Json
  emittedAt: string
}

type Input = Record<string, Json>

/** The input of a run that an event starts, where no code is needed to tell it; a sentence when it cannot be told. */
export function inputFromEvent(
  { startOn, parameters, arguments: shape }: Executable,
  event: EventForMap,
): Input | string {
  const map = startOn?.map ?? null
  if (typeof map === 'object' && map !== null) {
    const input: Input = {}
    for (const [parameter, path] of Object.entries(map)) {
      const value = valueAt(event, path)
      if (value !== undefined) input[parameter] = value as Json
    }
    return input
  }
  if (parameters.length === 0 && !takesAnything(shape)) return {}
  const { payload } = event
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return 'The payload is not an object whose members could be the input. Add a map to startOn.'
  if (takesAnything(shape)) return payload
  // An event says what happened; a workflow takes of it what it needs.
  const names = parameters.map(({ name }) => name).filter((name) => Object.hasOwn(payload, name))
  return Object.fromEntries(names.map((name) => [name, payload[name] as Json]))
}

const takesAnything = (shape: readonly CallArgument[]) =>
  shape.some((argument) => argument.kind === 'object' && argument.rest)
