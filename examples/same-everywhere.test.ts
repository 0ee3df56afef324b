import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

// An example gives the same result through the API and on the command line.

const server = useServer({ config: { workspaceDir: copyOfExamples(), egressAllow: ['127.0.0.1'] } })
/** A command starts a Node of its own, which takes its time when everything else runs as well. */
const COMMAND_TIMEOUT_MS = 120_000

const xenia = {
  email: 'xenia@contoso.example',
  fullName: 'Xenia Young',
  department: 'support',
  startDate: '2026-12-01T08:00:00Z',
  furtherGroups: ['vpn-users', 'first-aid'],
}

const sameEverywhere: [name: string, input: Record<string, unknown>, words: string[], exitCode: number][] = [
  ['hello', { name: 'Ada', times: 2 }, ['--name', 'Ada', '--times', '2'], 0],
  [
    'onboardUser',
    { ...xenia, sendWelcome: false },
    [
      ...['--email', xenia.email, '--full-name', xenia.fullName, '--department', xenia.department],
      ...['--start-date', xenia.startDate, '--further-groups', 'vpn-users', '--further-groups', 'first-aid'],
      '--no-send-welcome',
    ],
    0,
  ],
  [
    'onboardTeam',
    { department: 'sales', colleagues: [{ email: 'ada@contoso.example', fullName: 'Ada Again' }] },
    [
      ...['--department', 'sales', '--colleagues'],
      '[{"email":"ada@contoso.example","fullName":"Ada Again"}]',
    ],
    1,
  ],
  [
    'assignLicense',
    { email: 'ada@contoso.example', product: 'visio' },
    ['--email', 'ada@contoso.example', '--product', 'visio'],
    1,
  ],
]

test.each(sameEverywhere)(
  '%s: API and command line agree on status, result, error and log',
  async (name, input, words, exitCode) => {
    const answer = await server().execute(name, input)
    const command = join(CHECKOUT, 'packages/cli/bin/bifrost.mjs')
    const env = { ...process.env, BIFROST_URL: server().url, BIFROST_API_KEY: server().admin.apiKey }
    const { stdout, code } = await promisify(execFile)(
      process.execPath,
      [command, 'run', name, ...words, '--json'],
      { env },
    ).then(
      (good) => ({ ...good, code: 0 }),
      (bad: { stdout: string; code: number }) => bad,
    )
    const { execution_id: id, duration_ms: _, logs, ...outcome } = JSON.parse(stdout)
    expect(outcome).toEqual({ status: answer.status, result: answer.result, error: answer.error })
    expect(logs.map((line: { message: string }) => line.message)).toEqual(
      (await server().logs(answer.execution_id)).map((line) => line.message),
    )
    expect(code).toBe(exitCode)
    expect((await server().ended(id)).input).toEqual((await server().ended(answer.execution_id)).input)
  },
  COMMAND_TIMEOUT_MS,
)
