import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { CRASHES_MAX } from '../engine/run/record.ts'
import { until, useServer } from '../testing/server.ts'
import { useSink } from '../testing/sink.ts'

// Code that speaks for itself may say that it waits, and comes back for that: not forever.

const server = useServer({
  config: { egressAllow: ['127.0.0.1'] },
  files: {
    'waits.ts': `import { writeSync } from 'node:fs'
import { sleep, step, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
const say = (message: (run: number) => object) => writeSync(3, JSON.stringify(Array.from({ length: 50 }, (_, n) => message(n + 1))) + '\\n')
const waits = (...waiting: string[]) => say((run) => ({ type: 'suspend', run, waiting, variables: '{}', logsDropped: 0, cpuMs: 0, rssBytes: 0 }))
// It has a durable call, and never comes to it.
const never = async () => { if (Date.now() < 0) await sleep(1) }
export const pretends = workflow(async (url: string) => { await never(); await fetch(url); waits('nothing#1'); await pause(60_000) })
export const pretendsNothing = workflow(async (url: string) => { await never(); await fetch(url); waits(); await pause(60_000) })
export const spends = workflow({ timeoutSeconds: 2 }, async (url: string) => { await never(); await fetch(url); await pause(700); waits('nothing#1'); await pause(60_000) })
export const afterCancel = workflow(async (url: string) => {
  await step('does', { undo: async () => { await fetch(url); waits('nothing#1'); await pause(60_000) } }, () => 1)
  await fetch(url)
  await pause(60_000)
})
export const honest = workflow(async () => { for (let n = 0; n < 14; n++) await sleep(0.2); return 'done' })
`,
  },
})

const sink = useSink()
const { count } = sink

test.each(['pretends', 'pretendsNothing'])('a run that only says that it waits ends: %s', async (name) => {
  const id = await server().run(name, { url: `${sink.base}/${name}` })
  expect((await server().ended(id, 60_000)).status).toBe('FAILED')
  expect(count(`/${name}`)).toBeGreaterThan(1)
  expect(count(`/${name}`)).toBeLessThanOrEqual(CRASHES_MAX + 1)
})

test('its time does not start over', async () => {
  const id = await server().run('spends', { url: `${sink.base}/spends` })
  expect((await server().ended(id, 60_000)).status).toBe('TIMEOUT')
  expect(count('/spends')).toBeLessThanOrEqual(4)
})

test('a run that does something between its waits may wait as often as it likes', async () => {
  const id = await server().run('honest')
  expect((await server().ended(id, 60_000)).status).toBe('SUCCESS')
})

test('a run whose steps are undone cannot avoid that by waiting', async () => {
  const id = await server().run('afterCancel', { url: `${sink.base}/cancelled` })
  await until('it acts', () => count('/cancelled') === 1)
  await server().api(routes.cancelExecution, { params: { id } })
  expect((await server().ended(id, 60_000)).status).toBe('CANCELLED')
  // The run itself, and its undoing: once in its own process, and once in another, which repeats the run first.
  expect(count('/cancelled')).toBeGreaterThan(1)
  expect(count('/cancelled')).toBeLessThanOrEqual(4)
})
