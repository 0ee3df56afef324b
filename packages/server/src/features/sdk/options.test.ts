import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const cases = {
  runScope: `workflows.run('other', {}, { scope: 'global' } as never)`,
  runNoWait: `workflows.run('other', {}, { wait: false, timeout: '1h' } as never)`,
  startMany: `workflows.startMany('other', [{}], { keys: () => 'a' } as never)`,
  retries: `step('a', { retries: -1 }, () => 1)`,
  retriesHalf: `step('a', { retries: 1.5 }, () => 1)`,
  retriesText: `step('a', { retries: '3' as never }, () => 1)`,
  timeoutZero: `step('a', { timeoutSeconds: 0 }, () => 1)`,
  misspelt: `step('a', { timeoutseconds: 5 } as never, () => 1)`,
  httpRetries: `http.get('https://example.com', { retries: -1 })`,
  httpUnknown: `http.fetch('https://example.com', { redirect: 'manual' } as never)`,
  httpFile: `http.get('file:///etc/passwd')`,
  httpNone: `http.get('/relative')`,
  emit: `events.emit('a.b', {}, { delay: 5 } as never)`,
  waitFor: `waitForEvent('a.b', { within: '1h' } as never)`,
  files: `files.write('x.txt', 'x', { scope: 'global' } as never)`,
  filesList: `files.list('', { recursiv: true } as never)`,
  configSet: `config.set('x', 1, { secret: true } as never)`,
  configGet: `config.get('x', 1, { default: 2 } as never)`,
  tables: `tables.query('t', { filter: {} } as never)`,
  tablesInsert: `tables.insert('t', {}, { key: 'x' } as never)`,
  executions: `executions.list({ states: ['FAILED'] } as never)`,
  emptyKey: `config.get('')`,
  oddKey: `config.get('a b')`,
  operator: `tables.query('t', { where: { n: { like: 'x' } } as never })`,
  since: `executions.list({ since: 'yesterday' })`,
  id: `workflows.cancel('nope')`,
} as const

const server = useServer({
  files: {
    'options.ts': `import { config, events, executions, files, http, step, tables, waitForEvent, workflow, workflows } from 'bifrost'
const calls: Record<string, () => Promise<unknown>> = {
${Object.entries(cases)
  .map(([name, code]) => `  ${name}: async () => ${code},`)
  .join('\n')}
}
export const other = workflow(async () => 1)
export const says = workflow(async (name: string) => {
  try { return { did: await calls[name]!() } } catch (error) { return { refused: (error as Error).message } }
})`,
  },
})

const refusal = async (name: keyof typeof cases) => {
  const { result } = await server().execute('says', { name })
  return (result as { refused?: string }).refused
}

describe('an option that is not known, or cannot be meant, is refused by its name', () => {
  test.each([
    ['runScope', 'workflows.run() has no option "scope"'],
    ['runNoWait', 'has no option "timeout"'],
    ['startMany', 'workflows.startMany() has no option "keys"; it has key, priority, executionIds.'],
    ['retries', 'The option retries of step("a") must be a whole number of at least 0; it is -1.'],
    ['retriesHalf', 'it is 1.5.'],
    ['retriesText', 'it is "3".'],
    ['timeoutZero', 'timeoutSeconds of step("a") must be a number above 0'],
    ['misspelt', 'step("a") has no option "timeoutseconds"; did you mean "timeoutSeconds"?'],
    ['httpRetries', 'The option retries of http'],
    ['httpUnknown', 'http has no option "redirect"'],
    ['httpFile', 'http calls addresses that begin with http: or https:, not with file:'],
    ['httpNone', 'http needs a full address such as https://example.com'],
    ['emit', 'events.emit() has no option "delay"'],
    ['waitFor', 'waitForEvent("a.b") has no option "within"'],
    ['files', 'has no option "scope"'],
    ['filesList', 'has no option "recursiv"'],
    ['configSet', 'config: secret is unknown'],
    ['configGet', 'config: default is unknown'],
    ['tables', 'has no option "filter"'],
    ['tablesInsert', 'has no option "key"'],
    ['executions', 'executions: states is unknown'],
  ] as const)('%s', async (name, message) => {
    expect(await refusal(name)).toContain(message)
  })
})

describe('what is wrong is said in words', () => {
  test.each([
    ['emptyKey', 'config: key must not be empty.'],
    ['oddKey', 'config: key may have letters, digits and . _ - /.'],
    ['operator', 'like is unknown'],
    ['since', 'since must be a time such as 2026-01-31T12:00:00Z'],
    ['id', 'must be an ID (a UUID)'],
  ] as const)('%s', async (name, message) => {
    const said = await refusal(name)
    expect(said).toContain(message)
    expect(said).not.toMatch(/\^|Invalid|Too (small|big)|Unrecognized|expected/)
  })
})
