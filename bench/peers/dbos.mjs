import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import { atOnce, counter, drained, fill, inTurn, until } from './measure.mjs'

/** DBOS runs in the caller's process: no HTTP, no isolation. Its queue is polled, every second by default. */
export default function dbos(/** @type {string} */ variant) {
  let ran = () => {}
  const noop = DBOS.registerWorkflow(async () => null, { name: 'noop' })
  const steps = DBOS.registerWorkflow(
    async () => {
      let sum = 0
      for (let n = 0; n < 10; n += 1) sum += await DBOS.runStep(async () => n, { name: `step-${n}` })
      return sum
    },
    { name: 'steps' },
  )
  const called = variant === 'steps' ? steps : noop
  const queued = DBOS.registerWorkflow(
    async () => {
      ran()
      return null
    },
    { name: 'queued' },
  )
  /** @type {import('./host.mjs').Place} */
  let place
  const launch = async (/** @type {string[]} */ listenQueues) => {
    const { host, port, user, password, database } = place
    const credentials = `${user}:${encodeURIComponent(password)}`
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: `postgresql://${credentials}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`,
      applicationVersion: '1',
      logLevel: 'error',
      listenQueues,
    })
    await DBOS.launch()
    await DBOS.registerQueue('bench')
  }
  return {
    async start(/** @type {import('./host.mjs').Place} */ where) {
      place = where
      await launch(['nothing'])
    },
    callInTurn: (/** @type {number} */ calls) => inTurn(() => called(), calls),
    callAtOnce: (/** @type {number} */ width, /** @type {number} */ forMs) =>
      atOnce(() => called(), width, forMs),
    async drain(/** @type {number} */ runs) {
      const acceptMs = await fill(() => DBOS.startWorkflow(queued, { queueName: 'bench' })(), runs)
      const counted = counter(runs)
      ran = counted.count
      await DBOS.shutdown()
      await launch(['bench'])
      await counted.all
      const { folder: _, ...connection } = place
      const client = new pg.Client(connection)
      await client.connect()
      await until(async () => {
        const { rows } = await client.query(
          `select 1 from dbos.workflow_status where name = 'queued' and status <> 'SUCCESS' limit 1`,
        )
        return rows.length === 0
      })
      const endedAt = performance.now()
      await client.end()
      return drained(runs, acceptMs, endedAt - counted.firstAt)
    },
    stop: () => DBOS.shutdown(),
  }
}
