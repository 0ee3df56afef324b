import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import * as restate from '@restatedev/restate-sdk'
import { freePort, until } from './measure.mjs'

/**
 * A single Restate server with its default settings and a service in this process (over HTTP/2, as its guide does).
 * Callers use the ingress, as they use our API.
 */
export default function restatePeer(/** @type {string} */ variant) {
  const handler = variant === 'steps' ? 'steps' : 'noop'
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let server
  return {
    async start(/** @type {import('./host.mjs').Place} */ { folder }) {
      const bench = restate.service({
        name: 'bench',
        handlers: {
          noop: async () => ({ status: 'done' }),
          steps: async (/** @type {restate.Context} */ ctx) => {
            let sum = 0
            for (let n = 0; n < 10; n += 1) sum += await ctx.run(`step-${n}`, async () => n)
            return { status: 'done', sum }
          },
        },
      })
      const [service, ingress, admin, node] = [
        await freePort(),
        await freePort(),
        await freePort(),
        await freePort(),
      ]
      await restate.endpoint().bind(bench).listen(service)
      const binary = createRequire(import.meta.url).resolve(
        `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`,
      )
      server = spawn(
        binary,
        ['--no-logo', '--listen-mode', 'tcp', '--base-dir', folder, '--node-name', 'bench'],
        {
          stdio: 'ignore',
          env: {
            DO_NOT_TRACK: '1',
            RESTATE_DISABLE_TELEMETRY: 'true',
            RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
            RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
            RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
            RESTATE_LOG_FILTER: 'error',
          },
        },
      )
      await until(() => isGood(`http://127.0.0.1:${admin}/health`), 50)
      const registered = await fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
      })
      if (!registered.ok) throw new Error(`The service was not registered: ${await registered.text()}`)
      await until(() => isGood(`http://127.0.0.1:${ingress}/bench/noop`, { method: 'POST' }), 50)
      return {
        port: ingress,
        path: `/bench/${handler}`,
        headers: { 'content-type': 'application/json' },
        body: '{}',
        contains: '"done"',
      }
    },
    async stop() {
      if (!server || server.exitCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

/**
 * @param {string} url
 * @param {RequestInit} [init]
 */
const isGood = (url, init) =>
  fetch(url, init).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
