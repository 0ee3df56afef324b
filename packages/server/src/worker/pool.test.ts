import { readFileSync } from 'node:fs'
import { limits } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { sendSignal } from '../platform/processes.ts'
import { startIn as start, usePools } from '../testing/pool.ts'
import { until } from '../testing/server.ts'

const makePool = usePools()
const PID = 'async () => process.pid'

test('runs of one organization and code share a warm child; another organization has its own', async () => {
  const pool = makePool()
  const first = await start(pool, PID).outcome
  const second = await start(pool, PID).outcome
  const other = await start(pool, PID, { orgId: 'other' }).outcome
  const otherCode = await start(pool, `${PID} /* new */`).outcome
  expect(second.child).toBe(first.child)
  expect(new Set([first.child, other.child, otherCode.child]).size).toBe(3)
})

test('what cannot be written for a child ends that child, not the server', async () => {
  const pool = makePool()
  const lost = await start(pool, PID, { input: { big: 1n } }).outcome
  expect(lost.how).toBe('lost')
  expect((await start(pool, PID).outcome).how).toBe('done')
})

test('many runs are in one child at once, up to its limit; more get another', async () => {
  const pool = makePool()
  const sleep = 'async () => { await new Promise((r) => setTimeout(r, 200)); return 1 }'
  await start(pool, sleep).outcome
  const runs = await Promise.all(
    Array.from({ length: limits.runsPerChildMax + 5 }, () => start(pool, sleep).outcome),
  )
  expect(runs.every((run) => run.how === 'done')).toBe(true)
  const children = new Set(runs.map((run) => run.child))
  expect(children.size).toBe(2)
})

test('a child that is blocked gets no new work', async () => {
  const pool = makePool()
  const source = 'async () => { if (globalThis.again) return "ok"; globalThis.again = true; while (true) {} }'
  const stuck = start(pool, source)
  const child = await stuck.started
  await until('the pool noticed', () => child.pulse.isBlocked)
  const next = await start(pool, source.replace('while (true) {}', 'return "ok"   ')).outcome
  expect(next).toMatchObject({ how: 'done', value: 'ok' })
  const same = start(pool, source)
  expect(await same.started).not.toBe(child)
  child.kill({ code: 'killed', message: 'test' })
  expect((await stuck.outcome).how).toBe('lost')
})

test('with all children in use a run waits for one, and gets it', async () => {
  const pool = makePool({ childrenMax: 2 })
  const sleep = 'async () => { await new Promise((r) => setTimeout(r, 100)); return 1 }'
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, (_, n) => start(pool, sleep, { orgId: `org${n}` }).outcome),
  )
  expect(outcomes.map((outcome) => outcome.how)).toEqual(Array(6).fill('done'))
  expect(pool.children.size).toBeLessThanOrEqual(2)
})

test('an idle child ends; a blank one stays ready', async () => {
  const pool = makePool({ idleMs: 50 })
  const { child } = await start(pool, PID).outcome
  await until('it ended', () => child?.ended)
  await until('a blank one is there', () => [...pool.children].some((one) => one.key === null))
})

test('a child that dies, blank or at work, is replaced; its runs are told', async () => {
  const pool = makePool()
  const run = start(pool, 'async () => new Promise(() => {})')
  const child = await run.started
  sendSignal(child.pid ?? 0, 'SIGKILL')
  expect(await run.outcome).toMatchObject({ how: 'lost', value: { code: 'child_exited' } })
  for (const one of pool.children) sendSignal(one.pid ?? 0, 'SIGKILL')
  expect((await start(pool, PID).outcome).how).toMatch(/done|lost|loadFailed/)
  await until('it works again', async () => (await start(pool, PID).outcome).how === 'done')
})

test('modules that throw fail the runs that waited for them, and the child is not used again', async () => {
  const pool = makePool()
  const source = 'async () => 1\nthrow new Error("at the top")'
  const outcomes = await Promise.all([start(pool, source).outcome, start(pool, source).outcome])
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ how: 'loadFailed', value: expect.stringContaining('at the top') })
  expect((await start(pool, PID).outcome).how).toBe('done')
})

test('a run can be withdrawn while it waits, not once it was handed over', async () => {
  const pool = makePool({ childrenMax: 1 })
  const first = start(pool, 'async () => new Promise(() => {})')
  await first.started
  const nothing = () => {}
  const events = {
    started: nothing,
    log: nothing,
    call: nothing,
    stepStarted: nothing,
    undoing: nothing,
    stepEnded: nothing,
    wait: nothing,
    suspended: nothing,
    checked: nothing,
    columns: nothing,
    done: nothing,
    failed: nothing,
    lost: nothing,
    loadFailed: nothing,
  }
  const code = { version: 'other', source: `export const run = ${PID}`, path: 'test.ts' }
  pool.run({ orgId: 'late', shareHolder: 'late', code, message: {} as never, events })
  expect(pool.withdraw(events)).toBe(true)
  expect(pool.withdraw(events)).toBe(false)
})

test("a child has a process group of its own: Ctrl-C in a terminal is the server's to handle", async () => {
  const { child } = await start(makePool(), PID).outcome
  const fields = readFileSync(`/proc/${child?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
  expect(Number(fields?.[2])).toBe(child?.pid)
})

test('stopping ends all children, also those that have just been started', async () => {
  for (let n = 0; n < 5; n++) {
    const pool = makePool()
    const { child } = await start(pool, PID).outcome
    await new Promise((resolve) => setTimeout(resolve, 25 + n * 5))
    await pool.stop()
    expect(pool.children.size).toBe(0)
    expect(child?.ended).toBe(true)
  }
})
