import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { currentRun } from '../current-run.ts'
import {
  type Actor,
  ActorError,
  callerActor,
  FetchCall,
  later,
  loading,
  modules,
  type Owned,
} from './actor.ts'

/** Binds each HTTP request to the run that makes it: connections are shared between runs, requests are not. */
export function ownRequests(): void {
  ownFetch()
  subscribe('http.client.request.created', (message) => {
    const { request } = message as { request: ClientRequest }
    const actor = callerActor()
    if (actor) owners.set(request, actor)
    if (actor || loading.now) ownRequest(actor ?? modules, request)
    else request.destroy(new ActorError('no_run'))
  })
}

function ownFetch(): void {
  const original = globalThis.fetch
  globalThis.fetch = function fetch(input, init) {
    const actor = callerActor()
    if (!actor && !loading.now) return later(new ActorError('no_run'))
    if (actor?.ended) return actor.refuse()
    const own = init?.signal ?? (input instanceof Request ? input.signal : null)
    const end = (actor ?? modules).signal
    const signal = own ? AbortSignal.any([own, end]) : end
    // What the code gave is read before, on its own account: functions in it may do anything.
    const asked = input instanceof Request ? input : String(input)
    const options = { ...init, signal }
    return currentRun.run(new FetchCall(actor), () => original(asked, options))
  }
}

const owners = new WeakMap<object, Actor>()

/**
 * Whose request a connection of an agent carries at present. It may have waited for the one before, and is sent when that
 * is done, in the context of the run that made that one.
 */
export function ownerOfRequest(socket: object): Actor | null {
  const { _httpMessage: request } = socket as { _httpMessage?: object | null }
  return (request && owners.get(request)) ?? null
}

function ownRequest(holder: Actor | typeof modules, request: ClientRequest): void {
  if (holder.ended) {
    request.destroy(new ActorError('run_ended'))
    return
  }
  const owned: Owned = { end: () => request.destroy(new ActorError('run_ended')) }
  holder.own(owned)
  request.once('close', () => holder.release(owned))
}
