import { AppError, type ScheduleOption } from '@bifrost/contract'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { specOf, useEngine } from '../../testing/engine.ts'
import { startExecution } from '../start/start-execution.ts'
import { createScheduleJob, forgetOldFireTimes, type ScheduleJob } from './job.ts'
import type { StartRun } from './start-fire-times.ts'

// Schedulers in virtual time, on the real SQL: a test says what the database's clock shows at each tick.

const under = useEngine()
let provider: OrgScope
/** Several on one database, as in several servers. */
let schedulers: ScheduleJob[] = []
let broken: AppError | null = null

const startRun: StartRun = (scope, workflowId, run) => {
  if (broken) throw broken
  return startExecution(under().engine, scope, specOf({ workflowId, ...run }))
}

beforeAll(async () => {
  provider = await under().organization()
  await under().db.query('update organizations set is_provider = true where id = $1', [provider.orgId])
})

beforeEach(async () => {
  broken = null
  await under().db.query('delete from workflows')
  schedulers = [1, 2, 3].map(() => createScheduleJob(under().engine, startRun))
})

const daily: ScheduleOption = { cron: '0 9 * * *', timezone: 'UTC', overlap: 'skip', catch_up: 'latest' }

/** A workflow whose file declares a schedule. */
async function declare(option: Partial<ScheduleOption> | null = {}, id: string = newId()): Promise<string> {
  const schedule = option && { ...daily, ...option }
  await under().db.query(
    `insert into workflows (id, name, path, export_name, status, definition) values ($1, $2, 'a.ts', 'a', 'active', $3)
     on conflict (id) do update set definition = excluded.definition, status = 'active',
       updated_at = workflows.updated_at + interval '1 second'`,
    [id, `work-${id}`, JSON.stringify({ schedule })],
  )
  return id
}

const at = (text: string) => new Date(`2026-03-${text}Z`)
const tick = (text: string, count = 1) =>
  Promise.all(schedulers.slice(0, count).map((scheduler) => scheduler.tick(at(text))))

/** Fire times as `day hour status`, and the runs that they have. */
async function fireTimesOf(workflowId: string) {
  const rows = await under().db.query<{ fire_time: Date; status: string; reason: string; count: number }>(
    `select x.fire_time, x.status, x.reason, x.count from schedule_fire_times x join schedules s on s.id = x.schedule_id
     where s.workflow_id = $1 order by x.fire_time`,
    [workflowId],
  )
  return rows.map(
    ({ fire_time, status, count }) =>
      `${fire_time.toISOString().slice(8, 16).replace('T', ' ')} ${status}${count > 1 ? ` ${count}` : ''}`,
  )
}

const reasonsOf = async (workflowId: string) =>
  (
    await under().db.query<{ reason: string }>(
      `select x.reason from schedule_fire_times x join schedules s on s.id = x.schedule_id
       where s.workflow_id = $1 and x.reason is not null order by x.fire_time`,
      [workflowId],
    )
  ).map(({ reason }) => reason)

const runsOf = (workflowId: string) =>
  under().db.query<{
    id: string
    status: string
    trigger: string
    origin_kind: string
    origin_id: string
    scheduled_at: Date
    org_id: string
    user_id: string | null
  }>('select * from executions where workflow_id = $1 order by scheduled_at', [workflowId])

const firedAt = async (workflowId: string) =>
  (await runsOf(workflowId)).map((run) => run.scheduled_at.toISOString().slice(8, 16).replace('T', ' '))

/** All runs of the workflow end. */
async function end(workflowId: string): Promise<void> {
  await under().db.query(
    `with gone as (delete from queue where execution_id in (select id from executions where workflow_id = $1))
     update executions set status = 'SUCCESS' where workflow_id = $1 and status <> 'CANCELLED'`,
    [workflowId],
  )
}

const scheduleOf = async (workflowId: string) => {
  const [row] = await under().db.query<{ id: string; next_at: Date | null; gone: boolean; paused: boolean }>(
    'select id, next_at, gone, paused from schedules where workflow_id = $1',
    [workflowId],
  )
  return row
}

describe('a fire time fires once', () => {
  test('its run knows the schedule and the fire time, and belongs to the provider when the workflow is everybody’s', async () => {
    const id = await declare()
    await tick('02T08:00:00')
    expect(await runsOf(id)).toEqual([])
    await tick('02T09:00:00.004')
    const schedule = await scheduleOf(id)
    expect(await runsOf(id)).toMatchObject([
      {
        trigger: 'schedule',
        origin_kind: 'schedule',
        origin_id: schedule?.id,
        scheduled_at: at('02T09:00:00'),
        org_id: provider.orgId,
        user_id: null,
      },
    ])
    expect(schedule?.next_at).toEqual(at('03T09:00:00'))
    await tick('02T09:00:01')
    expect(await runsOf(id)).toHaveLength(1)
  })

  test('with three schedulers at work, fire time after fire time', async () => {
    const id = await declare({ cron: '* * * * *', overlap: 'queue' })
    await tick('02T08:00:00')
    for (let minute = 1; minute <= 40; minute++) {
      await tick(`02T08:${String(minute).padStart(2, '0')}:00`, 3)
      await end(id)
    }
    // Who came second may have left the last one to a later tick.
    await tick('02T08:40:01')
    const fired = await firedAt(id)
    expect(fired).toHaveLength(40)
    expect(new Set(fired).size).toBe(40)
    expect(await under().db.query(`select from schedule_fire_times where status <> 'started'`)).toEqual([])
  })

  test('also when the clock is set back an hour', async () => {
    const id = await declare({ cron: '*/10 * * * *', overlap: 'queue' })
    await tick('02T08:00:00')
    for (const time of ['02T08:10:00', '02T08:20:00', '02T07:20:01', '02T08:10:00', '02T08:20:30']) {
      await tick(time, 2)
      await end(id)
    }
    await tick('02T08:30:00')
    expect(await firedAt(id)).toEqual(['02 08:10', '02 08:20', '02 08:30'])
  })

  test('also when a scheduler is gone after the run was accepted and before it was noted', async () => {
    const id = await declare()
    await tick('02T08:00:00')
    const dying = createScheduleJob(under().engine, async (...run) => {
      await startRun(...run)
      throw new Error('the power went out')
    })
    await dying.tick(at('02T09:00:00'))
    expect(await fireTimesOf(id)).toEqual(['02 09:00 waiting'])
    await tick('02T09:00:02', 3)
    expect(await runsOf(id)).toHaveLength(1)
    expect(await fireTimesOf(id)).toEqual(['02 09:00 started'])
  })
})

describe('after a downtime', () => {
  test.each([
    ['none', [], ['03 09:00 skipped 4']],
    ['latest', ['06 09:00'], ['03 09:00 skipped 3', '06 09:00 started']],
    ['all', ['03 09:00'], ['03 09:00 started', '04 09:00 waiting', '05 09:00 waiting', '06 09:00 waiting']],
  ] as const)('catch-up %s', async (catchUp, fired, fireTimes) => {
    const id = await declare({ catch_up: catchUp })
    await tick('02T08:00:00')
    await tick('02T09:00:00')
    await end(id)
    await tick('06T20:00:00', 3)
    expect(await firedAt(id)).toEqual(['02 09:00', ...fired])
    expect(await fireTimesOf(id)).toEqual(['02 09:00 started', ...fireTimes])
    expect((await scheduleOf(id))?.next_at).toEqual(at('07T09:00:00'))
  })

  test('all of them run one after the other, each for its own fire time', async () => {
    const id = await declare({ catch_up: 'all' })
    await tick('02T08:00:00')
    for (let again = 0; again < 6; again++) {
      await tick('05T20:00:00', 2)
      await end(id)
    }
    expect(await firedAt(id)).toEqual(['02 09:00', '03 09:00', '04 09:00', '05 09:00'])
  })

  test('a fire time that comes in time counts as the latest one', async () => {
    const id = await declare({ cron: '0 * * * *' })
    await tick('02T08:00:00')
    await tick('02T12:00:05')
    expect(await firedAt(id)).toEqual(['02 12:00'])
    expect(await fireTimesOf(id)).toEqual(['02 09:00 skipped 3', '02 12:00 started'])
    expect(await reasonsOf(id)).toEqual([
      'No server was running then, and only the latest fire time is caught up.',
    ])
  })

  test('a month of minutes is caught up as far as the limit goes', async () => {
    await declare({ cron: '* * * * *', catch_up: 'all', overlap: 'queue' })
    await tick('01T00:00:00')
    await tick('28T00:00:30')
    const [row] = await under().db.query<{ count: number; first: Date }>(
      `select count(*)::int as count, min(fire_time) as first from schedule_fire_times`,
    )
    expect(row).toEqual({ count: 1000, first: at('27T07:21:00') })
  })
})

describe('while a run of it has not ended', () => {
  test('skip notes the fire time with its reason', async () => {
    const id = await declare()
    await tick('02T08:00:00')
    await tick('02T09:00:00')
    await tick('03T09:00:00', 3)
    expect(await fireTimesOf(id)).toEqual(['02 09:00 started', '03 09:00 skipped'])
    expect(await reasonsOf(id)).toEqual(['The previous run had not ended.'])
    await end(id)
    await tick('04T09:00:00')
    expect(await firedAt(id)).toEqual(['02 09:00', '04 09:00'])
  })

  test('queue starts the fire time when the run has ended', async () => {
    const id = await declare({ overlap: 'queue' })
    await tick('02T08:00:00')
    await tick('02T09:00:00')
    await tick('03T09:00:00', 3)
    await tick('04T09:00:00', 3)
    expect(await fireTimesOf(id)).toEqual(['02 09:00 started', '03 09:00 waiting', '04 09:00 waiting'])
    await end(id)
    await tick('04T10:00:00', 3)
    expect(await firedAt(id)).toEqual(['02 09:00', '03 09:00'])
    await end(id)
    await tick('04T11:00:00', 3)
    expect(await firedAt(id)).toEqual(['02 09:00', '03 09:00', '04 09:00'])
  })

  test('cancel previous cancels it, and starts the fire time when it is gone', async () => {
    const id = await declare({ overlap: 'cancel_previous' })
    await tick('02T08:00:00')
    await tick('02T09:00:00')
    await tick('03T09:00:00', 3)
    await tick('03T09:00:01', 3)
    expect((await runsOf(id)).map(({ status }) => status)).toEqual(['CANCELLED', 'SCHEDULED'])
    expect(await firedAt(id)).toEqual(['02 09:00', '03 09:00'])
  })

  test('of fire times that wait for a run to let itself be cancelled, the latest counts', async () => {
    const id = await declare({ overlap: 'cancel_previous' })
    await tick('02T08:00:00')
    await tick('02T09:00:00')
    const worker = await under().worker()
    await under().db.query('update queue set worker_id = $1', [worker])
    await under().db.query(`update executions set status = 'RUNNING'`)
    await tick('03T09:00:00')
    await tick('04T09:00:00')
    expect((await runsOf(id)).map(({ status }) => status)).toEqual(['CANCELLING'])
    await end(id)
    await tick('04T09:00:05', 3)
    expect(await fireTimesOf(id)).toEqual(['02 09:00 started', '03 09:00 skipped', '04 09:00 started'])
  })
})

describe('what files declare', () => {
  test('a schedule follows its file: it appears, changes, goes, and comes back with its pause', async () => {
    const id = await declare()
    await tick('02T08:00:00', 3)
    const first = await scheduleOf(id)
    expect(first).toMatchObject({ next_at: at('02T09:00:00'), gone: false })
    await declare({ cron: '30 9 * * *' }, id)
    await tick('02T08:01:00', 3)
    expect(await scheduleOf(id)).toMatchObject({ id: first?.id, next_at: at('02T09:30:00') })
    await under().db.query('update schedules set paused = true, next_at = null')
    await declare(null, id)
    await tick('02T08:02:00', 3)
    expect(await scheduleOf(id)).toMatchObject({ id: first?.id, gone: true, next_at: null })
    await declare({}, id)
    await tick('02T08:03:00', 3)
    expect(await scheduleOf(id)).toMatchObject({ id: first?.id, gone: false, paused: true, next_at: null })
  })

  test('a workflow that is missing fires nothing; one that is forgotten takes its schedule along', async () => {
    const id = await declare()
    await tick('02T08:00:00')
    await under().db.query(`update workflows set status = 'missing', updated_at = now() + interval '1 day'`)
    await tick('02T09:00:00')
    expect(await fireTimesOf(id)).toEqual([])
    await under().db.query('delete from workflows')
    await tick('02T10:00:00')
    expect(await scheduleOf(id)).toBeUndefined()
  })

  test('a file with a mistake keeps its schedule; the fire time says why it has no run', async () => {
    const id = await declare()
    await tick('02T08:00:00')
    broken = new AppError('workflow_broken', 'Expected ")" (a.ts:3)')
    await under().db.query(`update workflows set status = 'error', updated_at = now() + interval '1 day'`)
    await tick('02T09:00:00')
    expect(await fireTimesOf(id)).toEqual(['02 09:00 skipped'])
    expect(await reasonsOf(id)).toEqual(['The run could not start: Expected ")" (a.ts:3)'])
    broken = null
    await tick('03T09:00:00')
    expect(await firedAt(id)).toEqual(['03 09:00'])
  })
})

test('a fire time whose code cannot be built at the moment is tried again', async () => {
  const id = await declare()
  await tick('02T08:00:00')
  broken = new AppError('unavailable', 'The code was never built.')
  await tick('02T09:00:00', 3)
  expect(await fireTimesOf(id)).toEqual(['02 09:00 waiting'])
  expect(await reasonsOf(id)).toEqual(['The start will be retried: The code was never built.'])
  broken = null
  await tick('02T09:00:10', 3)
  expect(await fireTimesOf(id)).toEqual(['02 09:00 started'])
  expect(await reasonsOf(id)).toEqual([])
})

test('a schedule that cannot be computed does not keep the others from firing', async () => {
  const [bad, good] = [await declare(), await declare()]
  await tick('02T08:00:00')
  await under().db.query(`update schedules set timezone = 'Mars/Olympus' where workflow_id = $1`, [bad])
  await tick('02T09:00:00')
  expect(await firedAt(good)).toEqual(['02 09:00'])
})

test('what became of fire times is forgotten after 90 days, but for runs that continue', async () => {
  const id = await declare({ overlap: 'skip' })
  await tick('02T08:00:00')
  await tick('02T09:00:00')
  await tick('03T09:00:00')
  await under().db.query(`update schedule_fire_times set created_at = now() - interval '91 days'`)
  await forgetOldFireTimes(under().engine)
  expect(await fireTimesOf(id)).toEqual(['02 09:00 started'])
})
