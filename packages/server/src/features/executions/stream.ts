import { isTerminal, type LogLine } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Engine } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { stillStands } from '../../tenancy/standing.ts'
import { reasonOf } from './reasons.ts'
import { logOf, summaryOf } from './rows.ts'
import type { Look, WatchedRuns } from './watched-run.ts'

/** A key or session that ends by its time is announced by nothing. */
const RIGHTS_MS = 30_000
const RECONNECT_MS = 1_000

/**
 * Sends what is stored from Last-Event-ID on, then what is added, until the run has ended. The database is read at every
 * step, so it is right before, during and after the run, and after a lost connection.
 */
export async function streamExecution(
  { engine, watched }: { engine: Engine; watched: WatchedRuns },
  scope: OrgScope,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack()
  const response = reply.raw
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  // A browser would wait three seconds before it connects again.
  response.write(`retry: ${RECONNECT_MS}\n\n`)
  const { run, leave } = watched.enter(scope, id)
  let closed = false
  // A person who may not look any more is shown no more, though they came in when they might.
  let rightsChanged = false
  let lookedAtMs = Date.now()
  let stopWaiting = () => {}
  response.on('close', () => {
    closed = true
    stopWaiting()
  })
  const forgetRights = engine.notifier.subscribe('accounts', () => {
    rightsChanged = true
    stopWaiting()
  })
  const send = (event: string, data: unknown, id?: number) =>
    response.write(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    )

  try {
    let after = lastEventId(request)
    let said = ''
    while (!closed) {
      if (rightsChanged || Date.now() - lookedAtMs > RIGHTS_MS) {
        rightsChanged = false
        lookedAtMs = Date.now()
        if (!(await stillStands(engine.db, scope))) break
      }
      const seen = run.version
      const { row, lastSeq, lines } = await run.look()
      if (!row) break
      const state = { ...summaryOf(scope, row), reason: reasonOf(row, summaryOf(scope, row).error) }
      const text = `${row.status}/${row.attempt}/${state.reason}`
      if (text !== said) send('status', state)
      said = text
      // The number of the last line may be older than the row: once the run has ended, the lines are read in any case.
      if (lastSeq > after || isTerminal(row.status)) after = await sendLogs(after, lines)
      if (isTerminal(row.status)) {
        send('end', state)
        break
      }
      if (closed || rightsChanged || run.version !== seen) continue
      const changed = run.changed()
      stopWaiting = changed.cancel
      if ((await changed.isSilent) && !closed) response.write(': still here\n\n')
    }
  } catch (error) {
    engine.log.error({ err: error, execution: id }, 'a stream broke')
  } finally {
    leave()
    forgetRights()
    response.end()
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        response.off('drain', done).off('close', done)
        resolve()
      }
      response.on('drain', done).on('close', done)
    })
  }

  async function sendLogs(after: number, lines: Look['lines']): Promise<number> {
    let last = after
    for (;;) {
      const rows = await lines(last)
      for (const row of rows) {
        const line: LogLine = logOf(row)
        send('log', line, line.seq)
        last = line.seq
      }
      // A reader that is slower than the log: what it has not taken is not read yet.
      if (response.writableNeedDrain && !closed) await drained()
      if ((rows[0]?.found ?? 0) <= rows.length || closed) return last
    }
  }
}

function lastEventId(request: FastifyRequest): number {
  const header = request.headers['last-event-id']
  const id = Number(Array.isArray(header) ? header[0] : header)
  return Number.isSafeInteger(id) && id > 0 ? id : 0
}
