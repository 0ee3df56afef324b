import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withProcesses } from '../testing/processes.ts'
import { makeDataDir } from './data-dir.ts'
import { silentLog } from './log.ts'
import { startDatabase } from './postgres/database.ts'
import { StartError } from './start-error.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bifrost-faults-'))
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the person who starts it reads: one sentence about the setting, without the text of a library. */
function expectSentence(error: unknown, ...words: string[]): void {
  expect(error).toBeInstanceOf(StartError)
  const { message } = error as StartError
  for (const word of words) expect(message).toContain(word)
  expect(message).not.toMatch(/\n|ENO|EEXIST|EACC|EADDR|mkdir|listen E|lstat/)
}

describe('a start that cannot succeed says why in one sentence', () => {
  test('a data folder that is a file, or lies below one', () => {
    const refusal = (path: string) => {
      try {
        makeDataDir(path)
        return null
      } catch (error) {
        return error
      }
    }
    expectSentence(refusal(join(folder, 'file')), 'is a file', 'BIFROST_DATA_DIR')
    expectSentence(refusal(join(folder, 'file', 'x')), 'lies below a file', 'BIFROST_DATA_DIR')
  })

  test('a workspace that is missing or a file, an address that is taken or not of this machine', () =>
    withProcesses({}, async (processes) => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const port = String((taken.address() as AddressInfo).port)
      try {
        for (const [env, ...words] of [
          [{ BIFROST_WORKSPACE: join(folder, 'nowhere') }, 'no workspace folder', 'BIFROST_WORKSPACE'],
          [{ BIFROST_WORKSPACE: join(folder, 'file') }, 'is a file', 'BIFROST_WORKSPACE'],
          [{ PORT: port }, `Port ${port} is used by another program`],
          // An address for documentation, which no machine has.
          [{ HOST: '192.0.2.1' }, '192.0.2.1', 'set HOST'],
          [{ HOST: 'nowhere.invalid' }, 'nowhere.invalid', 'set HOST'],
        ] as const) {
          const started = processes.launch('api', { LOG_LEVEL: 'silent', ...env })
          expect(await started.ended).toBe(1)
          for (const word of words) expect(started.said()).toContain(word)
          expect(started.said().trim().split('\n')).toHaveLength(1)
        }
      } finally {
        taken.close()
      }
    }))

  test.each([
    ['ECONNREFUSED', 'postgres://x:hidden@127.0.0.1:1/z', ['Nothing answers', '127.0.0.1, port 1']],
    ['ENOTFOUND', 'postgres://x:hidden@nowhere.invalid/z', ['nowhere.invalid']],
  ] as const)('a database that cannot be reached: %s', async (_code, databaseUrl, words) => {
    const error = await startDatabase({ dataDir: folder, databaseUrl, log: silentLog }).then(
      () => null,
      (cause: unknown) => cause,
    )
    expectSentence(error, 'DATABASE_URL', ...words)
    expect((error as Error).message).not.toContain('hidden')
  })
})

test('what is not a terminal gets lines of JSON alone, from the first to the last', () =>
  withProcesses({}, async (processes) => {
    const api = await processes.start('api', { LOG_LEVEL: 'info' })
    await api.stop()
    const lines = api
      .said()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: unknown; msg: string })
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([expect.stringContaining('Bifrost is ready on http'), 'Stopping']),
    )
    for (const { level } of lines) expect(level).toBeTypeOf('number')
  }))
