import { EventEmitter } from 'node:events'
import { limits, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { RequestShares } from './request-shares.ts'

const ask = (address: string) => ({
  route: routes.previewSchedule,
  scope: null,
  address,
  response: new EventEmitter(),
})

/** Keeps the event loop for so long. */
function work(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('requests of one that keep the event loop let those of another come in between', async () => {
  const shares = new RequestShares()
  const begun: string[] = []
  const handle = (address: string, ms: number) =>
    shares.handle(ask(address), async () => {
      begun.push(address)
      work(ms)
    })
  await handle('b', 0)
  await handle('a', limits.loopBurstMs + 60)
  await Promise.all([handle('a', 0), handle('b', 0)])
  expect(begun).toEqual(['b', 'a', 'b', 'a'])
})

test('alone, a customer may keep the event loop as busy as it likes; one call of another that waits for a run counts', async () => {
  const shares = new RequestShares()
  const begun: string[] = []
  const handle = (name: string, ms: number) =>
    shares.handle(ask('a'), async () => {
      begun.push(name)
      work(ms)
    })
  await handle('first', limits.loopBurstMs + 60)
  const second = handle('second', 60)
  expect(begun).toEqual(['first', 'second'])
  await shares.handle({ ...ask('b'), route: routes.executeWorkflow }, async () => {})
  const third = handle('third', 0)
  expect(begun).toEqual(['first', 'second'])
  await Promise.all([second, third])
  expect(begun).toEqual(['first', 'second', 'third'])
})

test('what is worked on the answer counts as well', async () => {
  const shares = new RequestShares()
  const begun: string[] = []
  const handle = (address: string) => shares.handle(ask(address), async () => void begun.push(address))
  const began = performance.now()
  work(limits.loopBurstMs + 60)
  shares.worked(null, 'a', began)
  await handle('b')
  await Promise.all([handle('a'), handle('b')])
  expect(begun).toEqual(['b', 'b', 'a'])
})
