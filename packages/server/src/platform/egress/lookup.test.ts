import * as dns from 'node:dns'
import { expect, test } from 'vitest'
import { lookupName } from './lookup.ts'

const find = (host: string) =>
  new Promise<dns.LookupAddress[]>((resolve, reject) =>
    lookupName(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  )

test.each(['localhost', 'LOCALHOST', 'localhost.'])('%s is found as the system finds it', async (host) => {
  const [first] = await dns.promises.lookup('localhost', { all: true })
  expect(await find(host)).toContainEqual(first)
})

test('a name that is none says so, also when many are asked for at once', async () => {
  const all = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => find(`none-${n}.invalid`)))
  for (const one of all)
    expect(one).toMatchObject({
      status: 'rejected',
      reason: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) },
    })
})
