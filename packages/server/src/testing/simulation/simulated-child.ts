import { EventEmitter } from 'node:events'
import { Duplex, Readable } from 'node:stream'
import { type FromChild, PROTOCOL_VERSION, type ToChild } from '@bifrost/contract'
import { currentRun } from '../../../../sdk/src/current-run.ts'
import { PlatformCalls, Run } from '../../../../sdk/src/runtime/run.ts'
import type { SpawnedChild } from '../../worker/spawn-child.ts'
import { Process, type World } from './world.ts'

export type AuthorCode = Record<string, (context: never) => Promise<unknown>>

export interface ChildOptions {
  world: World
  server: Process
  name: string
  author: AuthorCode
  /** How long a message is under way. */
  pipeMs(): number
}

/**
 * A child process that is none: the runtime of the SDK in this process, on the two ends of a pipe that keeps the order
 * of its messages and nothing else. It may end or stand still at any message.
 */
export function startSimulatedChild(options: ChildOptions): { process: SpawnedChild; child: Process } {
  const { world, server } = options
  const child = new Process(world, options.name)
  const emitter = new EventEmitter()
  let toChildMs = 0
  let toServerMs = 0
  /** A pipe: whatever is sent later comes later. */
  const later = (lastMs: number) => Math.max(lastMs, world.nowMs + options.pipeMs())
  // What is said past the ordinary channel is there at once: it is written before the code continues.
  const guard = new Readable({ read() {} })
  const sayAtOnce = (message: FromChild) => {
    if (!child.alive) return
    const line = `${JSON.stringify([message])}\n`
    world.plan(server, 0, `${child.name} says ${message.type}`, () => {
      guard.push(line)
    })
  }
  const runtime = new Runtime(options.author, sayAtOnce, (message) => {
    if (!child.alive) return
    toServerMs = later(toServerMs)
    const line = `${JSON.stringify([message])}\n`
    world.plan(server, toServerMs - world.nowMs, `${child.name} says ${message.type}`, () => {
      channel.push(line)
    })
  })
  let pieces = ''
  const channel = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      pieces += chunk.toString()
      const lines = pieces.split('\n')
      pieces = lines.pop() ?? ''
      for (const line of lines)
        for (const message of JSON.parse(line) as ToChild[]) {
          toChildMs = later(toChildMs)
          world.plan(child, toChildMs - world.nowMs, `${child.name} is told ${message.type}`, () =>
            runtime.receive(message),
          )
        }
      callback()
    },
  })
  const stderr = new Readable({ read() {} })
  child.onEnd(() => {
    toServerMs = later(toServerMs)
    world.plan(server, toServerMs - world.nowMs, `${child.name} has ended`, () => {
      emitter.emit('exit', null, 'SIGKILL')
      emitter.emit('close', null, 'SIGKILL')
    })
  })
  // Without a server nothing hears what a run does.
  server.onEnd(() =>
    world.plan(child, options.pipeMs(), 'its server is gone', () => child.end('its server is gone')),
  )
  child.run(() => runtime.ready())
  const spawned = {
    pid: undefined,
    stdio: [null, null, stderr, channel, guard],
    stderr,
    on: emitter.on.bind(emitter),
    kill: () => {
      world.plan(null, 0.1, `${child.name} is killed`, () => child.end('killed'))
      return true
    },
  }
  return { process: spawned as unknown as SpawnedChild, child }
}

/** What the child's main file does with messages, without what makes it a process. */
class Runtime {
  readonly #author: AuthorCode
  readonly #send: (message: FromChild) => void
  readonly #sayAtOnce: (message: FromChild) => void
  readonly #calls: PlatformCalls
  readonly #runs = new Map<number, Run>()

  constructor(
    author: AuthorCode,
    sayAtOnce: (message: FromChild) => void,
    send: (message: FromChild) => void,
  ) {
    this.#author = author
    this.#sayAtOnce = sayAtOnce
    this.#send = send
    this.#calls = new PlatformCalls(() => ({ send }))
  }

  ready(): void {
    this.#send({ type: 'ready', protocol: PROTOCOL_VERSION })
  }

  receive(message: ToChild): void {
    switch (message.type) {
      case 'load':
        this.#send({ type: 'loaded' })
        return
      case 'run': {
        if (!this.#mayBegin(message)) return
        const run = new Run(message, { send: this.#send }, this.#calls, () => this.#runs.delete(message.run))
        this.#runs.set(run.number, run)
        void currentRun.run(run, () => run.execute(this.#author))
        return
      }
      case 'cancel':
        this.#runs.get(message.run)?.cancel(message.reason)
        return
      case 'end':
        this.#runs.get(message.run)?.silence()
        this.#send({ type: 'silent', run: message.run })
        return
      case 'refused':
        this.#runs.get(message.run)?.durable.refused(message.record, message.error)
        return
      case 'recorded':
        this.#runs.get(message.run)?.durable.committed(message.records)
        return
      case 'resolved':
        void this.#runs.get(message.run)?.durable.resolved(message.entry)
        return
      case 'reply':
        this.#calls.reply(message)
        return
      case 'ping':
        this.#send({ type: 'pong', rssBytes: 100_000_000 })
        return
    }
  }

  /** As the child's main file does. */
  #mayBegin({ run, beginBy }: Extract<ToChild, { type: 'run' }>): boolean {
    this.#sayAtOnce({ type: 'begun', run })
    if (Number(process.hrtime.bigint()) / 1e6 <= beginBy) return true
    this.#sayAtOnce({ type: 'not_begun', run })
    return false
  }
}
