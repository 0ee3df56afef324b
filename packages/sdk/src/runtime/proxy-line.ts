import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import type tls from 'node:tls'
import type { EgressAnswer, EgressRequest } from '@bifrost/contract'
import { type CurrentRun, callerRun, currentRun } from '../current-run.ts'
import { FetchCall } from './actor.ts'
import type { CheckRun } from './check-run.ts'
import { EgressError } from './no-listening.ts'
import type { Run } from './run.ts'

interface Wanted {
  socket: net.Socket
  host: string
  port: number
  /** That of the options, when the code has one of its own. */
  lookup: net.LookupFunction | undefined
  callback: unknown
  /** Connects the socket to one of the machine, as Node does. */
  make(path: string): void
}

/** Connections and lookups that the platform makes for this process, which has no network of its own. */
export interface ProxyLine {
  /** Whether these options were made by `tls.connect` here. */
  isPath(path: string): boolean
  connect(wanted: Wanted): void
  /** The connection belongs to that run from now on, and ends with it; undefined: to none at present. */
  serves(socket: net.Socket, run: CurrentRun | undefined): void
  /** To call before the first code of authors: what takes a while to load. */
  guardTls(): void
}

const DESCRIPTOR = 5
/** Tells Node that the socket will be one of the machine, before it is known which. */
const LATER = '/run/egress/later'

type Waiting = (answer: EgressAnswer) => void

/** Opens the line to the proxy, and sends through it what `net`, `tls` and `dns` are asked for. */
export function openProxyLine(): ProxyLine {
  const line = new net.Socket({ fd: DESCRIPTOR })
  const waiting = new Map<number, Waiting>()
  const made = new Map<number, net.Socket>()
  const ids = new WeakMap<net.Socket, number>()
  let lastId = 0
  const send = (request: EgressRequest) => line.write(`${JSON.stringify([request])}\n`)
  const ask = (
    request: { type: 'connect'; host: string; port: number } | { type: 'lookup'; host: string },
    then: Waiting,
  ) => {
    const id = ++lastId
    waiting.set(id, then)
    if (request.type === 'connect') send({ ...request, id, run: runNow() })
    else send({ ...request, id })
    return id
  }

  const receive = (answer: EgressAnswer) => {
    const then = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (then) then(answer)
    else if (answer.type === 'failed') made.get(answer.id)?.destroy(errorOf(answer))
  }
  let rest = ''
  line.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) for (const answer of JSON.parse(one) as EgressAnswer[]) receive(answer)
  })
  const ended = () => {
    for (const [id, then] of waiting)
      then({
        type: 'failed',
        id,
        code: 'ECONNRESET',
        message: 'The platform closed the network of this process.',
      })
    waiting.clear()
  }
  line.on('error', ended).on('close', ended)
  line.unref()

  function connect(wanted: Wanted, host: string): void {
    const { socket, port } = wanted
    const id = ask({ type: 'connect', host, port }, (answer) => {
      if (answer.type !== 'connected') {
        socket.destroy(answer.type === 'failed' ? errorOf(answer) : undefined)
        return
      }
      if (socket.destroyed) {
        send({ type: 'close', id, cut: true })
        return
      }
      made.set(id, socket)
      Object.assign(socket, {
        _peername: {
          address: answer.address,
          port,
          family: net.isIP(answer.address) === 6 ? 'IPv6' : 'IPv4',
        },
      })
      wanted.make(answer.path)
    })
    ids.set(socket, id)
    socket.once('close', () => {
      made.delete(id)
      send({ type: 'close', id, cut: socket.errored !== null })
    })
  }

  guardLookup((host, then) => {
    ask({ type: 'lookup', host }, (answer) => {
      if (answer.type === 'addresses') then(null, answer.addresses)
      else if (answer.type === 'failed') then(errorOf(answer), [])
    })
  })
  const ownLookup = dns.lookup
  return {
    isPath: (path) => path === LATER,
    guardTls,
    serves(socket, run) {
      const id = ids.get(socket)
      if (id !== undefined && !socket.destroyed) send({ type: 'serves', id, run: numberOf(run) })
    },
    connect(wanted) {
      const { socket, callback, lookup, host } = wanted
      if (typeof callback === 'function') socket.once('connect', callback as () => void)
      if ((socket as unknown as { _parent?: net.Socket })._parent?.connecting) return
      // What is written meanwhile waits, as while Node looks a name up.
      Object.assign(socket, { connecting: true, _host: host })
      if (!lookup || lookup === ownLookup) connect(wanted, host)
      else
        lookup(host, { all: false }, (error, found) => {
          const [first] = Array.isArray(found) ? found : [{ address: found }]
          if (error) socket.destroy(error)
          else connect(wanted, String(first?.address))
        })
    },
  }
}

const numberOf = (run: CurrentRun | undefined): number | null =>
  (run as Run | CheckRun | undefined)?.number ?? null

/** Connections of fetch serve all runs, and belong to none: each request ends with its run by itself. */
const runNow = (): number | null =>
  currentRun.getStore() instanceof FetchCall ? null : numberOf(callerRun())

function errorOf({ code, message }: Extract<EgressAnswer, { type: 'failed' }>): Error {
  if (/^[a-z_]+$/.test(code)) return new EgressError(message, code)
  return Object.assign(new Error(message), { code, syscall: 'connect' })
}

let isTlsGuarded = false

/** Node decides by the options whether TLS will be spoken over TCP or over a socket of the machine: ours is one. */
function guardTls(): void {
  if (isTlsGuarded) return
  isTlsGuarded = true
  const tls = process.getBuiltinModule('node:tls')
  const original = tls.connect as (...values: unknown[]) => tls.TLSSocket
  const normalize = (
    net as unknown as { _normalizeArgs(values: unknown[]): [tls.ConnectionOptions, unknown] }
  )._normalizeArgs
  const guarded = (...values: unknown[]) => {
    const [first, callback] = normalize(values)
    const more = [values[1], values[2]].find((value) => typeof value === 'object' && value !== null) ?? {}
    const options: tls.ConnectionOptions = { ...first, ...more }
    const path = options.socket || options.path ? {} : { path: LATER }
    const all = { host: 'localhost', ...options, ...path }
    return typeof callback === 'function' ? original(all, callback) : original(all)
  }
  Object.defineProperty(tls, 'connect', {
    value: guarded,
    writable: true,
    configurable: true,
    enumerable: true,
  })
  syncBuiltinESMExports()
}

type Find = (
  host: string,
  then: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void

/** `dns.lookup` and `dns.promises.lookup`, answered by the platform. */
function guardLookup(find: Find): void {
  const lookup = (host: string, given: unknown, last?: unknown) => {
    const options = (
      typeof given === 'object' && given !== null ? given : { family: given }
    ) as dns.LookupOptions
    const callback = (typeof given === 'function' ? given : last) as (...values: unknown[]) => void
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family
    const answer = (addresses: { address: string; family: number }[]) => {
      const fitting = addresses.filter((one) => (family !== 4 && family !== 6) || one.family === family)
      const [found] = fitting
      if (!found)
        callback(
          Object.assign(new Error(`${host} has no such address.`), { code: 'ENOTFOUND', hostname: host }),
        )
      else if (options.all) callback(null, fitting)
      else callback(null, found.address, found.family)
    }
    const version = net.isIP(host)
    if (version > 0) process.nextTick(answer, [{ address: host, family: version }])
    else find(host, (error, addresses) => (error ? callback(error) : answer(addresses)))
  }
  const promised = (host: string, options: dns.LookupOptions = {}) =>
    new Promise((resolve, reject) =>
      lookup(host, options, (error: Error | null, found: unknown, family: number) => {
        if (error) reject(error)
        else resolve(options.all ? found : { address: found, family })
      }),
    )
  Object.assign(dns, { lookup })
  Object.assign(dns.promises, { lookup: promised })
  syncBuiltinESMExports()
}
