import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Queue, Worker } from 'bullmq'
import { counter, drained, fill, freePort, inTurn, until } from './measure.mjs'

/**
 * A queue on Redis. The default variant writes every command to the disk before it answers, as PostgreSQL does;
 * `everysec` may lose the last second.
 * @param {string} variant
 */
export default function bullmq(variant) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let redis
  /** @type {Queue} */
  let queue
  /** @type {{ host: string, port: number, maxRetriesPerRequest: null }} */
  let connection
  let ran = () => {}
  const work = () => new Worker('noop', async () => ran(), { connection, concurrency: 50 })
  return {
    async start(/** @type {import('./host.mjs').Place} */ { folder }) {
      connection = { host: '127.0.0.1', port: await freePort(), maxRetriesPerRequest: null }
      const settings = {
        port: connection.port,
        bind: connection.host,
        dir: folder,
        save: '',
        appendonly: 'yes',
        appendfsync: variant === 'everysec' ? 'everysec' : 'always',
        daemonize: 'no',
      }
      const server = spawn(
        'redis-server',
        Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
        { stdio: 'ignore' },
      )
      redis = server
      await once(server, 'spawn').catch(() => {
        redis = undefined
        throw new Error('needs redis-server (Debian: apt-get install redis-server)')
      })
      await until(() => answers(connection.port))
      queue = new Queue('noop', { connection })
      queue.on('error', () => {})
    },
    /** From adding a job to its function having been called. */
    async callInTurn(/** @type {number} */ calls) {
      const worker = work()
      const times = await inTurn(async () => {
        const called = new Promise((resolve) => {
          ran = () => resolve(undefined)
        })
        await queue.add('noop', {})
        await called
      }, calls)
      await worker.close()
      return times
    },
    async drain(/** @type {number} */ runs) {
      const acceptMs = await fill(() => queue.add('noop', {}), runs)
      const counted = counter(runs)
      ran = counted.count
      const worker = work()
      await counted.all
      await until(async () => (await queue.getJobCountByTypes('waiting', 'active', 'prioritized')) === 0)
      const endedAt = performance.now()
      await worker.close()
      return drained(runs, acceptMs, endedAt - counted.firstAt)
    },
    async stop() {
      await queue?.close().catch(() => {})
      if (!redis) return
      redis.kill('SIGKILL')
      await once(redis, 'exit')
    },
  }
}

/** @param {number} port */
const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.end())
  })
