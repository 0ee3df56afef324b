import { isTerminal, type LogLine } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Engine } from '../../engine/engine.ts'
import { stillStands } from '../../engine/scope-of.ts'
import { ACCOUNTS_TOPIC } from '../../platform/notify.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { findExecution, listLogs } from './queries.ts'
import { reasonOf } from './reasons.ts'
import { type DetailRow, logOf, summaryOf } from './rows.ts'

const LINES_PER_READ = 500
/** Comments keep proxies from closing a silent stream; each is also a look, should a notification be lost. */
const LOOK_MS = 2000
const RECONNECT_MS = 1_000

/**
 * Sends what is stored from Last-Event-ID on, then what is added, until the run has ended. The database is read at every
 * step, so it is right before, during and after the run, and after a lost connection.
 */
export async function streamExecution(
  engine: Engine,
  scope: OrgScope,
  first: DetailRow,
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
  let closed = false
  let wake = () => {}
  let dirty = true
  response.on('close', () => {
    closed = true
    wake()
  })
  const unsubscribe = engine.notifier.subscribe(`execution:${first.id}`, () => {
    dirty = true
    wake()
  })
  // Whoever may not look any more is shown no more, though they came in when they might.
  let rightsChanged = false
  const forgetRights = engine.notifier.subscribe(ACCOUNTS_TOPIC, () => {
    rightsChanged = true
    dirty = true
    wake()
  })
  const send = (event: string, data: unknown, id?: number) =>
    response.write(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    )

  try {
    let after = lastEventId(request)
    let said = ''
    while (!closed) {
      dirty = false
      if (rightsChanged && !(await stillStands(engine.db, scope))) break
      rightsChanged = false
      // The row first: when it says "ended", all its lines are stored already.
      const row = await findExecution(scope, engine.db, first.id)
      if (!row) break
      const state = { ...summaryOf(scope, row), reason: reasonOf(row, summaryOf(scope, row).error) }
      const text = `${row.status}/${row.attempt}/${state.reason}`
      if (text !== said) send('status', state)
      said = text
      after = await sendLogs(after)
      if (isTerminal(row.status)) {
        send('end', state)
        break
      }
      if (dirty || closed) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (!dirty && !closed) response.write(': still here\n\n')
    }
  } catch (error) {
    engine.log.error({ err: error, execution: first.id }, 'a stream broke')
  } finally {
    unsubscribe()
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

  async function sendLogs(after: number): Promise<number> {
    let last = after
    for (;;) {
      const rows = await listLogs(scope, engine.db, first.id, { after: last, limit: LINES_PER_READ })
      for (const row of rows) {
        const line: LogLine = logOf(row)
        send('log', line, line.seq)
        last = line.seq
      }
      if (rows.length < LINES_PER_READ || closed) return last
      // A reader that is slower than the log: what it has not taken is not read yet.
      if (response.writableNeedDrain) await drained()
    }
  }
}

function lastEventId(request: FastifyRequest): number {
  const header = request.headers['last-event-id']
  const id = Number(Array.isArray(header) ? header[0] : header)
  return Number.isSafeInteger(id) && id > 0 ? id : 0
}
