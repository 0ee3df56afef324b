import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { pythonFor } from '../../testing/python.ts'
import { useServer } from '../../testing/server.ts'

const python = await pythonFor('Planning runs from Python')

const server = useServer({
  files: {
    'plans.ts': `import { workflow, workflows } from 'bifrost'
export const remind = workflow(async (what: string) => 'remind of ' + what)
export const oneAtATime = workflow({ concurrency: { limit: 1 } }, async (what: string) => 'one ' + what)
export const newest = workflow({ singleton: { key: 'input.what' } }, async (what: string) => 'newest ' + what)
export const plan = workflow(async (target: string, at?: string, delaySeconds?: number) => {
  const options = { wait: false as const, ...(at ? { scheduledAt: new Date(at) } : {}), ...(delaySeconds !== undefined ? { delaySeconds } : {}) }
  try { return (await workflows.run(target, { what: target }, options)).executionId } catch (error) { return (error as Error).message }
})
`,
    'plan.py': `from bifrost import workflow, workflows


@workflow
async def plan_in_python(target: str, at: str | None = None, delay: float | None = None):
    try:
        return await workflows.execute(target, {"what": target}, scheduled_at=at, delay_seconds=delay)
    except Exception as error:
        return str(error)
`,
  },
})

const planned = async (workflow: string, input: object) =>
  String((await server().execute(workflow, input as Record<string, never>)).result)
const runOf = (id: string) => server().api(routes.getExecution, { params: { id } })
const AHEAD = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000).toISOString()

describe.each([
  ['TypeScript', 'plan', 'delaySeconds'],
  ['Python', 'plan_in_python', 'delay'],
])('code in %s', (language, plan, delay) => {
  describe.skipIf(language === 'Python' && python === null)('plans a run', () => {
    test.each(['remind', 'oneAtATime', 'newest'])('of %s for a time', async (target) => {
      const id = await planned(plan, { target, at: AHEAD })
      expect(await runOf(id)).toMatchObject({
        status: 'SCHEDULED',
        started_at: null,
        scheduled_at: AHEAD,
        reason: expect.stringContaining('Waits for its time'),
      })
      const [row] = await server().db.query('select ready, gate from queue where execution_id = $1', [id])
      expect(row).toEqual({ ready: false, gate: null })
      await server().api(routes.cancelExecution, { params: { id } })
    })

    test.each(['remind', 'oneAtATime'])('of %s that starts when its delay has passed', async (target) => {
      const id = await planned(plan, { target, [delay]: 0.5 })
      const { scheduled_at, ...ended } = await server().ended(id)
      expect(ended.status).toBe('SUCCESS')
      expect(Date.parse(ended.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(scheduled_at ?? '') - 5)
    })

    test('of a time that has passed at once, and none of a time that is too far ahead', async () => {
      const id = await planned(plan, { target: 'remind', at: '2020-01-01T00:00:00Z' })
      expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS', scheduled_at: null })
      expect(await planned(plan, { target: 'remind', at: '2199-01-01T00:00:00Z' })).toContain(
        'is more than a year ahead',
      )
      expect(await planned(plan, { target: 'remind', at: AHEAD, [delay]: 1 })).toContain('not both')
    })
  })
})
