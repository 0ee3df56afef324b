import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  ApiError,
  type ExecutionStatus,
  executionCan,
  isTerminal,
  type Json,
  type LogLine,
  routes,
  type Workflow,
} from '@bifrost/contract'
import { type Connection, type ConnectionOptions, connect, explain } from '../connection.ts'
import { follow } from '../events.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { type Given, type InputValue, LocalFile, makeInput, readFlags } from '../input.ts'
import { logText } from '../log-text.ts'
import { similarNames } from '../similar-names.ts'
import { color, plain, print, tell } from '../terminal.ts'

export interface RunOptions extends ConnectionOptions {
  param: string[]
  input?: string
  json?: boolean
  async?: boolean
}

/** `bifrost run`: starts a workflow, shows its log, prints its result; answers the exit code. */
export async function runCommand(
  name: string,
  words: readonly string[],
  options: RunOptions,
): Promise<number> {
  const connection = await connect(options)
  try {
    const workflow = await findWorkflow(connection, name)
    const base = await readInput(options.input)
    const given = [...options.param.map(readPair), ...readFlags(words, workflow.parameters)]
    const input = await upload(connection, makeInput(base, given, workflow.parameters))
    const started = await connection.api(routes.runWorkflow, { params: { id: workflow.id }, body: { input } })
    if (!options.async) return await watch(connection, started.execution_id, options.json === true)
    print(options.json ? JSON.stringify(started) : started.execution_id)
    return exitCodes.ok
  } catch (cause) {
    throw explain(cause, connection)
  }
}

async function findWorkflow({ api }: Connection, name: string): Promise<Workflow> {
  try {
    return await api(routes.getWorkflow, { params: { id: name } })
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 404) throw cause
    const { items } = await api(routes.listWorkflows, { query: { limit: 200 } })
    const names = items.map((one) => one.name)
    const near = similarNames(name, names)
    const hint =
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : names.length === 0
          ? 'The organization has no workflows yet.'
          : `There are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', and others: see the page Workflows' : ''}.`
    throw new CommandError(exitCodes.usage, `No workflow has the name "${name}". ${hint}`)
  }
}

function readPair(pair: string): Given {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new CommandError(exitCodes.usage, `--param ${pair}: write --param name=value.`)
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1) }
}

async function readInput(source: string | undefined): Promise<Record<string, Json>> {
  if (source === undefined) return {}
  const where = source === '-' ? 'standard input' : source.startsWith('@') ? source.slice(1) : '--input'
  try {
    const json =
      source === '-'
        ? await text(process.stdin)
        : source.startsWith('@')
          ? readFileSync(where, 'utf8')
          : source
    const value = JSON.parse(json) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, Json>
    throw new Error('it must be an object with one member per parameter')
  } catch (cause) {
    throw new CommandError(
      exitCodes.usage,
      `The input of ${where} cannot be used: ${(cause as Error).message}.`,
    )
  }
}

/** Puts uploaded files in the place of local ones. */
async function upload({ api }: Connection, input: Record<string, InputValue>): Promise<Record<string, Json>> {
  const replace = async (value: InputValue): Promise<Json> => {
    if (Array.isArray(value)) return Promise.all(value.map(replace))
    if (!(value instanceof LocalFile)) return value as Json
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = new Uint8Array(readFileSync(value.path))
    } catch (cause) {
      throw new CommandError(
        exitCodes.usage,
        `The file ${value.path} cannot be read: ${(cause as Error).message}.`,
      )
    }
    return api(routes.uploadFile, { query: { name: basename(value.path) }, body: bytes })
  }
  const entries = Object.entries(input).map(async ([name, value]) => [name, await replace(value)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

/** Follows the run to its end. Ctrl-C cancels it; a second one leaves it alone. */
async function watch(connection: Connection, id: string, asJson: boolean): Promise<number> {
  const leaving = new AbortController()
  let interrupts = 0
  const onInterrupt = (): void => {
    if (++interrupts > 1) {
      leaving.abort()
      return
    }
    tell('\nCancelling the run; press Ctrl-C again to leave without waiting')
    connection.api(routes.cancelExecution, { params: { id } }).catch((cause: unknown) => {
      // It may just have ended; the stream says so.
      if (!(cause instanceof ApiError)) tell(explain(cause, connection).message)
    })
  }
  process.on('SIGINT', onInterrupt)
  const logs: LogLine[] = []
  try {
    for await (const { event, data } of follow(connection, id, leaving.signal)) {
      if (event !== 'log') continue
      if (asJson) logs.push(data)
      else tell(logText(data))
    }
  } catch (cause) {
    if (!leaving.signal.aborted) throw cause
    tell(`The run ${id} may still be running.`)
    return exitCodes.cancelled
  } finally {
    process.off('SIGINT', onInterrupt)
  }
  const run = await connection.api(routes.getExecution, { params: { id } })
  const error = run.error && { type: run.error.type, message: run.error.message }
  if (asJson) {
    const { status, result, duration_ms } = run
    print(JSON.stringify({ execution_id: id, status, result, error, duration_ms, logs }))
  } else {
    if (run.result !== null || run.status === 'SUCCESS') print(JSON.stringify(run.result, null, 2))
    tell(endText(run.status, run.duration_ms))
    if (error) tell(color(process.stderr, 'red', plain(`${error.type}: ${error.message}`)))
    if (run.error?.source) tell(`  at ${run.error.source.path}:${run.error.source.line}`)
  }
  return exitCodeOf(run.status)
}

/** The exit code that a run's last status stands for. */
export function exitCodeOf(status: ExecutionStatus): number {
  if (status === 'SUCCESS') return exitCodes.ok
  if (status === 'CANCELLED' || status === 'TIMEOUT') return exitCodes.cancelled
  if (isTerminal(status)) return exitCodes.failed
  // The stream ended before the run did: only when the server is restarted again and again.
  return executionCan('cancel', status) ? exitCodes.unreachable : exitCodes.failed
}

function endText(status: ExecutionStatus, durationMs: number | null): string {
  const style = status === 'SUCCESS' ? 'green' : 'red'
  const duration =
    durationMs === null
      ? ''
      : ` in ${durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`}`
  return `${color(process.stderr, style, status)}${duration}`
}
