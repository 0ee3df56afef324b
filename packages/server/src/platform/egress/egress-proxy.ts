import type * as dns from 'node:dns'
import { chownSync, closeSync, openSync, rmSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type EgressAnswer, EgressRequest, type EgressRules, limits } from '@bifrost/contract'
import { readMessages } from '../messages.ts'
import { checkedLookup, type Lookup } from './checked-lookup.ts'
import { lookupName } from './lookup.ts'

export interface EgressProxyOptions {
  /** What the process asks, and is answered, on. */
  line: Duplex
  /** An empty folder of its own for the sockets, and what the process knows it as. */
  folder: string
  folderInside: string
  /** Who may connect to the sockets; null: ourselves. */
  user: { uid: number; gid: number } | null
  lookup?: Lookup
}

/** The way out of one contained process, which has no network of its own. */
export interface EgressProxy {
  /** From now on its connections go where these rules say, and count for this customer (see `shareHolderOf`). */
  open(shareHolder: string, rules: EgressRules): void
  /**
   * Cuts the connections that belong to a run which has ended. What the process said of them before that is read first: one
   * may serve another run by now.
   */
  closeRun(run: number): void
  /** Cuts everything. */
  close(): void
}

interface Connection {
  /** With whose end it is cut. */
  run: number | null
  /** The process is done with it: what it has sent still goes out. */
  finish(): void
  cut(): void
}

const REQUEST_LENGTH_MAX = 4096
/** The process has so long to take a connection that was made for it. */
const TAKEN_MS = 10_000
/** A process that was told why its connection broke closes it itself; one that does not is cut off. */
const BROKEN_MS = 1000
/** What a process sent before it closed a connection has so long to get out. */
const FINISH_MS = 30_000

/** Connections of all processes of one customer in this server. */
const connectionsOf = new Map<string, number>()

/**
 * Makes connections for a process that has no network: it asks for a host and a port, the name is looked up here and the
 * address checked, and the bytes then go through a socket in a folder that only this process sees. TLS stays between the
 * process and the host. Both directions are piped, so a side that does not read stops the other one from sending.
 */
export function startEgressProxy(options: EgressProxyOptions): EgressProxy {
  const { line, folder, user, lookup = lookupName } = options
  // An address of a socket has 107 characters at most; through the descriptor it is short wherever the folder is.
  const descriptor = openSync(folder, 'r')
  const connections = new Map<number, Connection>()
  /** Their connections are about to be cut. */
  const endedRuns = new Set<number>()
  let lookups = 0
  let closed = false
  let owner: { shareHolder: string; rules: EgressRules } | null = null

  const answer = (message: EgressAnswer) => {
    if (!closed && line.writable) line.write(`${JSON.stringify([message])}\n`)
  }
  const fail = (id: number, error: NodeJS.ErrnoException) =>
    answer({ type: 'failed', id, code: error.code ?? 'EIO', message: error.message })
  const refuse = (id: number, code: string, message: string) => answer({ type: 'failed', id, code, message })

  function connect({ id, host, port, run }: Extract<EgressRequest, { type: 'connect' }>) {
    if (!owner) return refuse(id, 'egress_refused', 'Code cannot connect to anything before it is loaded.')
    const { rules, shareHolder } = owner
    if (connections.has(id)) return close()
    if (connections.size >= limits.childConnectionsMax)
      return refuse(id, 'too_many_connections', tooMany('A process of runs', limits.childConnectionsMax))
    if ((connectionsOf.get(shareHolder) ?? 0) >= limits.orgConnectionsMax)
      return refuse(
        id,
        'too_many_connections',
        tooMany('A customer, with all organizations below it,', limits.orgConnectionsMax),
      )
    const refusal = net.isIP(host) === 0 ? null : rules.refusal({ host, address: host, port })
    if (refusal) return refuse(id, 'egress_refused', refusal)
    const remote = net.connect({
      host,
      port,
      lookup: checkedLookup(rules, lookup, port),
      allowHalfOpen: true,
    })
    let local: net.Socket | null = null
    let listener: net.Server | null = null
    const connection: Connection = {
      run,
      finish() {
        if (!local) return connection.cut()
        remote.setTimeout(FINISH_MS)
        const end = () => remote.end(connection.cut)
        if (local.readableEnded) end()
        else local.once('end', end)
      },
      cut() {
        if (!connections.delete(id)) return
        clearTimeout(overdue)
        const left = (connectionsOf.get(shareHolder) ?? 1) - 1
        if (left > 0) connectionsOf.set(shareHolder, left)
        else connectionsOf.delete(shareHolder)
        remote.destroy()
        local?.destroy()
        listener?.close()
      },
    }
    connections.set(id, connection)
    connectionsOf.set(shareHolder, (connectionsOf.get(shareHolder) ?? 0) + 1)
    const giveUp = (error: NodeJS.ErrnoException) => {
      fail(id, error)
      connection.cut()
    }
    let overdue = setTimeout(
      () => giveUp(withCode('ETIMEDOUT', `${host}:${port} is not responding.`)),
      limits.egressConnectTimeoutMs,
    )
    remote.on('error', (error) => {
      if (!local) return giveUp(error)
      fail(id, error)
      overdue = setTimeout(connection.cut, BROKEN_MS)
    })
    remote.setTimeout(limits.egressIdleTimeoutMs, connection.cut)
    remote.once('connect', () => {
      clearTimeout(overdue)
      overdue = setTimeout(connection.cut, TAKEN_MS)
      const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        clearTimeout(overdue)
        server.close()
        local = socket
        socket.on('error', connection.cut)
        socket.on('close', () => connection.finish())
        remote.pipe(socket)
        socket.pipe(remote)
      })
      listener = server
      server.maxConnections = 1
      server.on('error', giveUp)
      server.listen(`/proc/self/fd/${descriptor}/${id}`, () => {
        if (user) chownSync(join(folder, String(id)), user.uid, user.gid)
        const address = remote.remoteAddress ?? ''
        answer({ type: 'connected', id, path: `${options.folderInside}/${id}`, address, port })
      })
    })
  }

  function serve({ id, run }: Extract<EgressRequest, { type: 'serves' }>): void {
    const connection = connections.get(id)
    if (connection) connection.run = run
  }

  function find(id: number, host: string) {
    if (!owner || lookups >= limits.childConnectionsMax)
      return refuse(id, 'egress_refused', 'Too many names are being looked up at once.')
    lookups++
    checkedLookup(owner.rules, lookup, null)(host, { all: true }, (error, addresses) => {
      lookups--
      if (error) fail(id, error)
      else answer({ type: 'addresses', id, addresses: addresses as dns.LookupAddress[] })
    })
  }

  function cutEnded(): void {
    for (const connection of [...connections.values()])
      if (connection.run !== null && endedRuns.has(connection.run)) connection.cut()
    endedRuns.clear()
  }

  function close(): void {
    if (closed) return
    closed = true
    for (const connection of [...connections.values()]) connection.cut()
    line.destroy()
    closeSync(descriptor)
    rmSync(folder, { recursive: true, force: true })
  }

  readMessages(
    line,
    REQUEST_LENGTH_MAX,
    (message) => {
      const { data: request } = EgressRequest.safeParse(message)
      if (closed) return
      // No code of the platform's says anything else.
      if (!request) close()
      else if (request.type === 'connect') connect(request)
      else if (request.type === 'close') connections.get(request.id)?.[request.cut ? 'cut' : 'finish']()
      else if (request.type === 'serves') serve(request)
      else find(request.id, request.host)
    },
    close,
  )
  line.on('close', close)
  return {
    open(shareHolder, rules) {
      owner = { shareHolder, rules }
    },
    closeRun(run) {
      endedRuns.add(run)
      if (endedRuns.size === 1) setImmediate(() => setImmediate(cutEnded))
    },
    close,
  }
}

const withCode = (code: string, message: string) => Object.assign(new Error(message), { code })

const tooMany = (whose: string, count: number) =>
  `${whose} has ${count} connections open, which is the maximum. Close unused connections, or open fewer at once.`
