import { type ExecutionSummary, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'runs.ts': `import { logger, workflow } from 'bifrost'
export const fine = workflow(async (n = 0) => { logger.info('run ' + n); return n })
export const fails = workflow(async () => { throw new Error('100% wrong_here') })
export const complains = workflow(async () => ({ success: false, error: 'E'.repeat(3_000_000) }))
export const saves = workflow({ timeSaved: 15, value: 2.5 }, async () => 1)
`,
  },
})

type Query = Parameters<typeof list>[0]
const list = (query: {
  workflow?: string
  status?: ExecutionSummary['status'][]
  trigger?: ExecutionSummary['trigger']
  search?: string
  since?: string
  until?: string
  cursor?: string
  limit?: number
}) => server().api(routes.listExecutions, { query })

async function pages(query: Query, limit: number): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof list>> = await list({
      ...query,
      limit,
      ...(cursor ? { cursor } : {}),
    })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    ids.push(...page.items.map((item) => item.id))
    cursor = page.next_cursor
  } while (cursor)
  return ids
}

describe('the list of runs (32)', () => {
  test('an error that fills megabytes is short in lists', async () => {
    const { execution_id } = await server().execute('complains')
    const { items } = await list({ workflow: 'complains' })
    expect(items.map((item) => [item.id, item.error?.message.length])).toEqual([[execution_id, 10_000]])
    await server().db.query('delete from executions where id = $1', [execution_id])
  })

  test('a member finds no run by the error that a member is not shown', async () => {
    const member = await server().person('member')
    const { execution_id, error } = await member.api(routes.executeWorkflow, {
      params: { id: 'fails' },
      body: {},
    })
    expect(error?.message).not.toContain('wrong_here')
    const found = async (search: string) =>
      (await member.api(routes.listExecutions, { query: { search } })).items.map((item) => item.id)
    expect(await found('wrong_here')).toEqual([])
    expect(await found('fail')).toEqual([execution_id])
    await server().db.query('delete from executions where id = $1', [execution_id])
  })

  test('pages hold every run once, newest first, also while others start', async () => {
    const started: string[] = []
    for (let n = 0; n < 23; n++) started.push((await server().execute('fine', { n })).execution_id)
    const first = await list({ workflow: 'fine', limit: 5 })
    await server().execute('fine', { n: 99 })
    const rest: string[] = []
    let cursor = first.next_cursor
    while (cursor) {
      const page: Awaited<ReturnType<typeof list>> = await list({ workflow: 'fine', limit: 5, cursor })
      rest.push(...page.items.map((item) => item.id))
      cursor = page.next_cursor
    }
    expect([...first.items.map((item) => item.id), ...rest]).toEqual(started.toReversed())
    expect(await pages({ workflow: 'fine' }, 24)).toHaveLength(24)
    expect((await list({ workflow: 'fine', limit: 24 })).next_cursor).toBeNull()
  })

  test('filters by workflow (name and id), status, trigger, text and time', async () => {
    const failed = await server().execute('fails')
    const fails = await server().api(routes.getWorkflow, { params: { id: 'fails' } })
    const ids = async (query: Query) => (await list(query)).items.map((item) => item.id)
    expect(await ids({ workflow: 'fails' })).toEqual([failed.execution_id])
    expect(await ids({ workflow: fails.id })).toEqual([failed.execution_id])
    expect(await ids({ status: ['FAILED'] })).toEqual([failed.execution_id])
    expect(await ids({ status: ['FAILED', 'TIMEOUT'] })).toEqual([failed.execution_id])
    expect(await ids({ status: ['TIMEOUT'] })).toEqual([])
    expect((await ids({ status: ['SUCCESS', 'FAILED'] })).length).toBe(25)
    expect(await ids({ trigger: 'schedule' })).toEqual([])
    expect(await ids({ search: '100% wrong_' })).toEqual([failed.execution_id])
    expect(await ids({ search: '100x wrong_' })).toEqual([])
    expect(await ids({ search: '%' })).toEqual([failed.execution_id])
    expect(await ids({ search: 'FAIL' })).toEqual([failed.execution_id])
    const { created_at } = await server().ended(failed.execution_id)
    expect(await ids({ since: created_at })).toEqual([failed.execution_id])
    expect(await ids({ until: created_at })).not.toContain(failed.execution_id)
    expect(await ids({ workflow: 'unknown' })).toEqual([])
  })

  test.each([
    { limit: 201 },
    { limit: 0 },
    { status: ['LOST'] },
    { since: 'yesterday' },
    { cursor: 'nonsense' },
    { trigger: 'magic' },
    { unknown: 'x' },
  ])('%o answers 422', async (query) => {
    await expect(list(query as Query)).rejects.toMatchObject({ status: 422, code: 'validation_failed' })
  })

  test('a member sees own runs alone, a developer all of the organization, a stranger none (31)', async () => {
    const member = await server().person('member')
    const mine = await member.api(routes.executeWorkflow, { params: { id: 'fine' }, body: {} })
    const seenBy = async (person: { api: typeof member.api }) =>
      (await person.api(routes.listExecutions, { query: { limit: 200 } })).items.map((item) => item.id)
    expect(await seenBy(member)).toEqual([mine.execution_id])
    const all = await seenBy(server().admin)
    expect(all).toContain(mine.execution_id)
    expect(await seenBy(await server().person('developer'))).toEqual(all)
    expect(await seenBy(await server().person('org_admin', await server().organization()))).toEqual([])
  })

  test('rows are small: no input, result, variables or stack in them', async () => {
    const [row] = (await list({ workflow: 'fails', limit: 1 })).items
    expect(Object.keys(row ?? {}).sort()).toEqual([
      'attempt',
      'columns',
      'created_at',
      'duration_ms',
      'ended_at',
      'error',
      'form',
      'id',
      'org_id',
      'origin',
      'scheduled_at',
      'started_at',
      'started_by',
      'status',
      'trigger',
      'type',
      'workflow_id',
      'workflow_name',
    ])
    expect(row?.error).toEqual({ type: 'Error', message: '100% wrong_here' })
  })
})

test('a run records what it was, whose, how long, and what it cost and saved', async () => {
  const { execution_id: id } = await server().execute('saves')
  expect(await server().ended(id)).toMatchObject({
    id,
    workflow_name: 'saves',
    type: 'workflow',
    trigger: 'api',
    code_version: expect.stringMatching(/^[0-9a-f]{16,}$/),
    started_by: { name: 'admin' },
    duration_ms: expect.any(Number),
    cpu_ms: expect.any(Number),
    peak_memory_bytes: expect.any(Number),
    timeout_seconds: 1800,
    time_saved: 15,
    value: 2.5,
    tokens_used: 0,
    attempt: 1,
    max_attempts: 1,
    reason: '',
    input: {},
  })
})

describe('run again', () => {
  test('with the same input, or with another', async () => {
    const { execution_id: id } = await server().execute('fine', { n: 7 })
    const same = await server().api(routes.rerunExecution, { params: { id }, body: {} })
    expect(await server().ended(same.execution_id)).toMatchObject({ result: 7, input: { n: 7 } })
    const other = await server().api(routes.rerunExecution, { params: { id }, body: { input: { n: 8 } } })
    expect(await server().ended(other.execution_id)).toMatchObject({ result: 8 })
    await expect(
      server().api(routes.rerunExecution, { params: { id }, body: { input: { n: 'x' } } }),
    ).rejects.toMatchObject({ status: 422 })
  })

  test('inline code has no workflow to run again', async () => {
    const { execution_id: id } = await server().api(routes.executeCode, { body: { code: 'return 1' } })
    await expect(server().api(routes.rerunExecution, { params: { id }, body: {} })).rejects.toMatchObject({
      status: 400,
    })
  })
})

describe('logs', () => {
  test('are read in pages by seq, by level and by text', async () => {
    const { execution_id: id } = await server().api(routes.executeCode, {
      body: {
        code: `const { logger } = await import('bifrost')
for (let n = 0; n < 25; n++) logger.info('line ' + n)
logger.error('50% off'); logger.warning('careful_now'); return 1`,
      },
    })
    const get = (query: {
      after?: number
      limit?: number
      level?: ('error' | 'warning')[]
      search?: string
    }) => server().api(routes.getExecutionLogs, { params: { id }, query })
    const first = await get({ limit: 10 })
    expect(first.items).toHaveLength(10)
    const second = await get({ limit: 100, after: first.next_after ?? 0 })
    expect([...first.items, ...second.items].map((line) => line.message).slice(0, 25)).toEqual(
      Array.from({ length: 25 }, (_, n) => `line ${n}`),
    )
    expect(second.next_after).toBeNull()
    const seqs = [...first.items, ...second.items].map((line) => line.seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    expect((await get({ level: ['error', 'warning'] })).items.map((line) => line.level)).toEqual([
      'error',
      'warning',
    ])
    expect((await get({ search: '50%' })).items).toHaveLength(1)
    expect((await get({ search: '_now' })).items).toHaveLength(1)
    expect((await get({ search: 'x%' })).items).toEqual([])
  })

  test('lines that were written just before the process died are kept', async () => {
    const answer = await server().api(routes.executeCode, {
      body: {
        code: `console.log('last words'); await new Promise((r) => setTimeout(r, 20)); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`,
      },
    })
    expect(answer.status).toBe('FAILED')
    expect(answer.logs.map((line) => line.message)).toEqual(['last words'])
  })
})
