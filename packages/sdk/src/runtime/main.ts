import { writeSync } from 'node:fs'
import { PROTOCOL_VERSION, type ToChild } from '@bifrost/contract'
import { currentRun } from '../current-run.ts'
import { failureOf } from '../failure.ts'
import * as sdk from '../index.ts'
import { nameExecutable } from '../workflow.ts'
import { type Frame, newFrame } from './capture.ts'
import { Channel } from './channel.ts'
import { CheckRun } from './check-run.ts'
import { guardConnections, openEgress } from './egress.ts'
import { loadBundle } from './load.ts'
import { keepSignalsHome } from './own-signals.ts'
import { PlatformCalls, Run, residentBytes } from './run.ts'

// This file is the child process. It holds no secret and no address of the platform; all it has is the channel.

process.setSourceMapsEnabled(true)
keepSignalsHome()
guardConnections()

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
      const run = new Run(message, channel, calls, () => runs.delete(message.run))
      runs.set(run.number, run)
      describeExport(message)
      void currentRun.run(run, () => run.execute(author))
      return
    }
    case 'check': {
      const run = new CheckRun(message, channel, calls, () => runs.delete(message.run))
      runs.set(run.number, run)
      describeExport(message)
      void currentRun.run(run, () => run.execute(author))
      return
    }
    case 'cancel':
      runs.get(message.run)?.cancel(message.reason)
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

function ordinary(number: number): Run | null {
  const run = runs.get(number)
  return run instanceof Run ? run : null
}

async function load({
  source,
  version,
  env,
  egressAllow,
}: Extract<ToChild, { type: 'load' }>): Promise<void> {
  Object.assign(process.env, env)
  openEgress(egressAllow)
  try {
    author = await loadBundle(source, version)
    nameExecutables()
    channel.send({ type: 'loaded' })
  } catch (thrown) {
    channel.send({ type: 'load_failed', failure: failureOf(thrown, 'load_failed') })
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

const runOfCaller = () => currentRun.getStore() as Run | CheckRun | undefined

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

for (const [method, level] of [
  ['log', 'info'],
  ['info', 'info'],
  ['warn', 'warning'],
  ['error', 'error'],
  ['debug', 'debug'],
  ['trace', 'debug'],
] as const) {
  console[method] = (...values: unknown[]) => runOfCaller()?.console(level, values)
}

// A rejection that nobody handled belongs to the run in whose async context it was made; without one, the child is suspect.
function strayError(thrown: unknown): void {
  const run = runOfCaller()
  const failure = failureOf(thrown, 'unhandled')
  if (run?.isStopped) return
  if (run)
    run.fail({
      ...failure,
      message: `${failure.message} (nobody handled this error: an await or a catch is missing)`,
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
