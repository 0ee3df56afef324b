import { writeSync } from 'node:fs'
import { PROTOCOL_VERSION, type ToChild } from '@bifrost/contract'
import { callerRun, currentRun } from '../current-run.ts'
import { failureOf } from '../failure.ts'
import * as sdk from '../index.ts'
import { nameExecutable } from '../workflow.ts'
import { isActorError, loading } from './actor.ts'
import { type Frame, newFrame } from './capture.ts'
import { Channel } from './channel.ts'
import { CheckRun } from './check-run.ts'
import { keepOutput } from './console-output.ts'
import { guardConnections, openEgress } from './egress.ts'
import { keepFlags } from './fixed-flags.ts'
import { loadBundle, refuseModules } from './load.ts'
import { loadFailureOf } from './load-failure.ts'
import { ownRequests } from './own-requests.ts'
import { keepSignalsHome } from './own-signals.ts'
import { ownSockets } from './own-sockets.ts'
import { ownTimers } from './own-timers.ts'
import { openProxyLine } from './proxy-line.ts'
import { PlatformCalls, Run, residentBytes } from './run.ts'
import type { UndoRun } from './undo-run.ts'

// This file is the child process. It holds no secret and no address of the platform; all it has is the channel.

process.setSourceMapsEnabled(true)
keepSignalsHome()
keepFlags()
refuseModules()
// With a wall around this process, its connections are made by the platform.
const proxy = process.argv[2] === 'proxy' ? openProxyLine() : null
guardConnections(proxy)
ownSockets(proxy)
ownRequests()
ownTimers()

const calls = new PlatformCalls(() => channel)
const runs = new Map<number, Run | CheckRun>()
let author: Record<string, unknown> = {}
const channel = new Channel(receive)

function receive(message: ToChild): void {
  switch (message.type) {
    case 'load':
      void load(message)
      return
    case 'run': {
      // From here on a module may ask for nothing by itself, even if it has not finished loading.
      loading.now = false
      if (!mayBegin(message)) return
      const run = new Run(message, channel, calls, () => runs.delete(message.run))
      runs.set(run.number, run)
      describeExport(message)
      void currentRun.run(run, () => run.execute(author))
      return
    }
    case 'check': {
      loading.now = false
      const run = new CheckRun(message, channel, calls, () => runs.delete(message.run))
      runs.set(run.number, run)
      describeExport(message)
      void currentRun.run(run, () => run.execute(author))
      return
    }
    case 'cancel':
      runs.get(message.run)?.cancel(message.reason)
      return
    case 'end':
      runs.get(message.run)?.silence()
      channel.send({ type: 'silent', run: message.run })
      return
    case 'recorded':
      ordinary(message.run)?.durable.committed(message.records)
      return
    case 'refused':
      ordinary(message.run)?.durable.refused(message.record, message.error)
      return
    case 'resolved':
      void ordinary(message.run)?.durable.resolved(message.entry)
      return
    case 'reply':
      calls.reply(message)
      return
    case 'ping':
      channel.send({ type: 'pong', rssBytes: residentBytes() })
      return
  }
}

/** Says that the run begins, and whether it still may: a child that was held for a while may be too late. */
function mayBegin({ run, beginBy }: Extract<ToChild, { type: 'run' }>): boolean {
  writeSync(4, `[{"type":"begun","run":${run}}]\n`)
  // Looked at after it was said: what was said in time, the server has read by the time that it looks.
  if (Number(process.hrtime.bigint()) / 1e6 <= beginBy) return true
  writeSync(4, `[{"type":"not_begun","run":${run}}]\n`)
  return false
}

function ordinary(number: number): Run | null {
  const run = runs.get(number)
  return run instanceof Run ? run : null
}

async function load({
  source,
  version,
  env,
  egressAllow,
  egressClosed,
}: Extract<ToChild, { type: 'load' }>): Promise<void> {
  Object.assign(process.env, env)
  openEgress(egressAllow, egressClosed)
  proxy?.guardTls()
  try {
    author = await loadBundle(source, version)
    nameExecutables()
    channel.send({ type: 'loaded' })
  } catch (thrown) {
    channel.send({ type: 'load_failed', failure: loadFailureOf(thrown) })
  } finally {
    loading.now = false
  }
}

/** Constants of the author's modules that may be executables; a module that is still loading has none yet. */
const constants: Record<string, () => unknown>[] = []

function nameExecutables(): void {
  for (const [name, read] of constants.flatMap(Object.entries) as [string, () => unknown][]) {
    try {
      nameExecutable(read(), name)
    } catch {
      // A constant of a module that did not run to its end.
    }
  }
}

/** Static analysis knows what the running code cannot: names and types. The executable gets them before its first run. */
function describeExport({ target }: Extract<ToChild, { type: 'run' | 'check' }>): void {
  const executable = author[target.exportName] as { executableMetadata?: object } | undefined
  if (executable?.executableMetadata)
    Object.assign(executable.executableMetadata, target.metadata, { parameters: target.parameters })
}

const runOfCaller = () => callerRun() as Run | CheckRun | UndoRun | undefined

// What instrumented code calls; see the builder's instrumentation for where.
let turnStartedMs = performance.now()
let busyAnnounced = 0
setInterval(() => {
  turnStartedMs = performance.now()
}, 50).unref()

Object.assign(globalThis, {
  [Symbol.for('bifrost.sdk')]: sdk,
  [Symbol.for('bifrost.capture')]: {
    names(module: Record<string, () => unknown>): void {
      constants.push(module)
    },
    enter(name: string, id: string): Frame {
      return runOfCaller()?.capture.enter(name, id) ?? newFrame(name, id)
    },
    failed(frame: Frame): void {
      runOfCaller()?.capture.failed(frame)
    },
    tick(): void {
      const run = runOfCaller()
      if (!run) return
      const now = performance.now()
      // The server's own timer may come late: a run that is past its time says so itself.
      if (now > run.deadlineMs) run.cancel('timeout')
      if (run.mustStop) throw new Error('The run was stopped.')
      // The event loop has not turned for long: tell the server which run holds it, past the blocked channel.
      if (now - turnStartedMs > 250 && busyAnnounced !== run.number) {
        busyAnnounced = run.number
        writeSync(4, `${JSON.stringify([{ type: 'busy', run: run.number }])}\n`)
      }
    },
  },
})

keepOutput(runOfCaller)

// A rejection that no code handled belongs to the run in whose async context it was made; without one, the child is suspect.
function strayError(thrown: unknown): void {
  const run = runOfCaller()
  if (run?.isStopped || run?.actor.ended || isActorError(thrown)) return
  const failure = failureOf(thrown, 'unhandled')
  if (run)
    run.fail({
      ...failure,
      message: `${failure.message} (no code handled this error: an await or a catch is missing)`,
    })
  else {
    writeSync(2, `An error outside of any run: ${failure.message}\n${failure.stack}\n`)
    end(70)
  }
}
process.on('unhandledRejection', strayError)
process.on('uncaughtException', strayError)

const end = process.exit.bind(process)
process.exit = ((code?: number) => {
  const run = runOfCaller()
  const error = new Error(`The workflow called process.exit(${code ?? ''}); return or throw instead.`)
  error.name = 'ProcessExitError'
  if (run) run.fail(failureOf(error, 'exit'))
  throw error
}) as typeof process.exit

channel.send({ type: 'ready', protocol: PROTOCOL_VERSION })
// TLS takes a while to load; a process that is ready usually waits for its code.
if (proxy) setImmediate(() => proxy.guardTls())
