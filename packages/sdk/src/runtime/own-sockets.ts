import http2 from 'node:http2'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'
import { type CurrentRun, currentRun, type StandIn } from '../current-run.ts'
import {
  type Actor,
  type ActorEnd,
  ActorError,
  callerActor,
  FetchCall,
  loading,
  mayActAlone,
  modules,
  type Owned,
  refuseSocket,
} from './actor.ts'
import { ownerOfRequest } from './own-requests.ts'
import type { ProxyLine } from './proxy-line.ts'

/** Where there is a wall, the platform is told which run a connection serves: it cuts those of a run at its end. */
let line: Pick<ProxyLine, 'serves'> | null = null

/**
 * A connection, and the run that it serves at present. Libraries keep connections for later use, so it belongs to
 * the run that wrote last; what its events call, such as the next query of a queue, acts for that run as well.
 */
class OwnSocket implements StandIn, Owned {
  #socket: net.Socket | null = null
  #actor: Actor | null
  /** The actor that it served before; it falls back to that one when this one is stopped. */
  #before: Actor | null = null

  constructor(actor: Actor | null) {
    this.#actor = actor
  }

  standsFor(): CurrentRun | undefined {
    return this.#actor?.run
  }

  get socket(): net.Socket | null {
    return this.#socket
  }

  bind(socket: net.Socket): void {
    this.#socket = socket
    this.#actor?.own(this)
    socket.once('close', () => this.#actor?.release(this))
    guards.set(socket, () => this.#serves())
  }

  /** Whether the caller may send; a run that does takes the connection over. */
  #serves(): boolean {
    const actor = (this.#socket && ownerOfRequest(this.#socket)) ?? callerActor()
    if (!actor) return mayActAlone()
    if (actor.ended) return false
    if (actor !== this.#actor) this.#passTo(actor, this.#actor)
    return true
  }

  #passTo(actor: Actor, before: Actor | null): void {
    this.#actor?.release(this)
    this.#before = before
    this.#actor = actor
    actor.own(this)
    if (this.#socket) line?.serves(this.#socket, actor.run)
  }

  end(how: ActorEnd, heir: Actor | null): void {
    const socket = this.#socket
    if (!socket) return
    const before = this.#before
    if (before && !before.ended) this.#passTo(before, null)
    else if (heir) this.#passTo(heir, null)
    // A connection that is idle may serve a later run; one that is still being made, or sends, is this run's alone.
    else if (how === 'stopped' || socket.connecting || socket.writableLength > 0)
      socket.destroy(new ActorError('run_ended'))
    else line?.serves(socket, undefined)
  }
}

const sockets = new WeakMap<net.Socket, OwnSocket>()

const guards = new WeakMap<net.Socket, () => boolean>()

type Send = (this: net.Socket, writev: boolean, data: unknown, encoding: unknown, done: Done) => void
type Done = (error?: Error) => void

/**
 * Looks at whatever is sent where all ways of sending come together: Node gives a socket that connects its own `write`
 * back. What may not be sent is not, and the connection is over: half of a message would spoil it for the next user.
 */
function guardSending(): void {
  const prototype = net.Socket.prototype as unknown as { _writeGeneric: Send }
  const send = prototype._writeGeneric
  prototype._writeGeneric = function (writev, data, encoding, done) {
    const maySend = guards.get(this)
    if (!maySend || maySend()) send.call(this, writev, data, encoding, done)
    else done(new ActorError(callerActor() ? 'run_ended' : 'no_run'))
  }
}

/** Connections of fetch belong to no run, so a caller that sends there without fetch is checked. */
function maySendShared(): boolean {
  if (currentRun.getStore() instanceof FetchCall) return true
  const actor = callerActor()
  return actor ? !actor.ended : mayActAlone()
}

type Connect = (this: net.Socket, ...values: unknown[]) => net.Socket

/** Binds each connection to the runs that it serves. What a run that has ended would send is refused. */
export function ownSockets(proxy: Pick<ProxyLine, 'serves'> | null): void {
  line = proxy
  guardSending()
  const connect = net.Socket.prototype.connect as Connect
  const owned: Connect = function (...values) {
    const store = currentRun.getStore()
    // Of fetch, requests belong to runs, but connections are shared.
    if (store instanceof FetchCall) {
      guards.set(this, maySendShared)
      return connect.apply(this, values)
    }
    const actor = callerActor()
    if (actor ? actor.ended : !mayActAlone()) {
      refuseSocket(this, actor)
      return this
    }
    const made = store instanceof OwnSocket && store.socket === null ? store : new OwnSocket(actor)
    if (!sockets.has(this)) {
      sockets.set(this, made)
      made.bind(this)
    }
    return currentRun.run(made, () => connect.apply(this, values))
  }
  net.Socket.prototype.connect = owned as typeof net.Socket.prototype.connect

  // Its handle is made before it connects, and one around an open connection never does.
  const tlsConnect = tls.connect as (...values: unknown[]) => tls.TLSSocket
  const ownTls = (...values: unknown[]): tls.TLSSocket => {
    if (currentRun.getStore() instanceof FetchCall) {
      const socket = tlsConnect(...values)
      guards.set(socket, maySendShared)
      return socket
    }
    const actor = callerActor()
    const made = new OwnSocket(actor)
    return currentRun.run(made, () => {
      const socket = tlsConnect(...values)
      if (!sockets.has(socket)) {
        sockets.set(socket, made)
        made.bind(socket)
        if (actor ? actor.ended : !mayActAlone()) refuseSocket(socket, actor)
      }
      return socket
    })
  }
  Object.assign(tls, { connect: ownTls })
  ownSessions()
  syncBuiltinESMExports()
}

/** HTTP/2 writes below the socket: its streams are asked for one by one. */
function ownSessions(): void {
  const connect = http2.connect as (...values: unknown[]) => http2.ClientHttp2Session
  const owned = (...values: unknown[]): http2.ClientHttp2Session => {
    const session = connect(...values)
    const request = session.request as (...values: unknown[]) => http2.ClientHttp2Stream
    session.request = ((...asked: unknown[]) => {
      const actor = callerActor()
      if (actor ? actor.ended : !loading.now) throw new ActorError(actor ? 'run_ended' : 'no_run')
      const stream = request.apply(session, asked)
      const own: Owned = { end: () => stream.destroy(new ActorError('run_ended')) }
      const holder = actor ?? modules
      holder.own(own)
      stream.once('close', () => holder.release(own))
      return stream
    }) as typeof session.request
    return session
  }
  Object.assign(http2, { connect: owned })
}
