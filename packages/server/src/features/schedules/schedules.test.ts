import { limits, routes, type Schedule } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'nightly.ts': `import { workflow } from 'bifrost'
export const nightly = workflow({ schedule: { cron: '30 2 * * *', timezone: 'Europe/Berlin' } }, async () => 'done')`,
    'greet.ts': `import { context, workflow } from 'bifrost'
export const greet = workflow(async (name: string) => ({ name, user: context.userId }))
export const slow = workflow(async () => new Promise((done) => setTimeout(done, 60_000)))`,
  },
})

const declared = () =>
  until('the file’s schedule is there', async () =>
    (await server().api(routes.listSchedules, { query: { workflow: 'nightly' } })).items.at(0),
  )
const make = (
  body: Partial<Parameters<typeof createBody>[0]> = {},
  who: Pick<TestPerson, 'api'> = server(),
): Promise<Schedule> => who.api(routes.createSchedule, { body: createBody(body) })
const createBody = (body: {
  workflow?: string
  cron?: string
  timezone?: string
  overlap?: Schedule['overlap']
  catch_up?: Schedule['catch_up']
  input?: Schedule['input']
  paused?: boolean
}) => ({ workflow: 'greet', cron: '0 9 * * 1-5', input: { name: 'Ada' }, ...body })
const get = (id: string) => server().api(routes.getSchedule, { params: { id } })
const patch = (
  id: string,
  body: Parameters<typeof patchArguments>[1],
  who: Pick<TestPerson, 'api'> = server(),
) => who.api(routes.updateSchedule, patchArguments(id, body))
const patchArguments = (
  id: string,
  body: Partial<Pick<Schedule, 'cron' | 'timezone' | 'overlap' | 'catch_up' | 'input' | 'paused'>>,
) => ({ params: { id }, body })
const remove = (id: string) => server().api(routes.deleteSchedule, { params: { id } })
const fireTimesOf = async (id: string) =>
  (await server().api(routes.listScheduleFireTimes, { params: { id }, query: {} })).items
/** Its next fire time is due now, and not in some hours; fire times are whole milliseconds, and this one comes after all others. */
const makeDue = (id: string) =>
  server().db.query(`update schedules set next_at = now() + interval '2 milliseconds' where id = $1`, [id])

describe('a schedule that a file declares', () => {
  test('is listed with its text and its next fire times, by the zone', async () => {
    const schedule = await declared()
    expect(schedule).toMatchObject({
      workflow: { name: 'nightly', path: 'nightly.ts', status: 'active' },
      source: 'code',
      text: 'Every day at 02:30, Europe/Berlin',
      overlap: 'skip',
      catch_up: 'latest',
      paused: false,
      last: null,
      runs_as: null,
    })
    expect(schedule.next).toHaveLength(5)
    expect(await get(schedule.id)).toEqual(schedule)
  })

  test('can be paused and resumed, and refuses any other change with advice', async () => {
    const { id } = await declared()
    expect(await patch(id, { paused: true })).toMatchObject({ paused: true, next: [] })
    expect((await patch(id, { paused: false })).next).toHaveLength(5)
    await expect(patch(id, { cron: '0 4 * * *' })).rejects.toMatchObject({
      status: 409,
      message: 'nightly.ts declares this schedule: change it there. You can only pause it here.',
    })
    await expect(remove(id)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('remove the option "schedule" there'),
    })
  })

  test('follows the file', async () => {
    const { id } = await declared()
    server().write(
      'nightly.ts',
      `import { workflow } from 'bifrost'\nexport const nightly = workflow({ schedule: '0 5 * * *' }, async () => 'done')`,
    )
    await until('the new times are known', async () => (await get(id)).cron === '0 5 * * *')
    server().write(
      'nightly.ts',
      `import { workflow } from 'bifrost'\nexport const nightly = workflow(async () => 'done')`,
    )
    await until('it is gone', async () => {
      const { items } = await server().api(routes.listSchedules, { query: {} })
      return !items.some((item) => item.id === id)
    })
    server().write(
      'nightly.ts',
      `import { workflow } from 'bifrost'\nexport const nightly = workflow({ schedule: '30 2 * * *' }, async () => 'done')`,
    )
    expect((await declared()).id).toBe(id)
  })
})

describe('a schedule that a person creates', () => {
  test('runs the workflow with its input, as the person who made it', async () => {
    const person = await server().person('developer')
    const schedule = await make({ overlap: 'queue', catch_up: 'all', timezone: 'America/New_York' }, person)
    expect(schedule).toMatchObject({
      source: 'api',
      text: 'At 09:00, Monday through Friday, America/New_York',
      overlap: 'queue',
      catch_up: 'all',
      input: { name: 'Ada' },
      runs_as: { id: person.id },
    })
    await makeDue(schedule.id)
    const last = await until('its fire time has a run', async () => {
      const { last } = await get(schedule.id)
      return last?.execution?.status === 'SUCCESS' ? last : null
    })
    expect(last).toMatchObject({ kind: 'on_time', status: 'started', reason: null })
    const run = await server().api(routes.getExecution, { params: { id: last.execution?.id ?? '' } })
    expect(run).toMatchObject({
      trigger: 'schedule',
      trigger_id: schedule.id,
      scheduled_at: last.fire_time,
      input: { name: 'Ada' },
      started_by: { id: person.id },
    })
    expect(run.result).toMatchObject({ name: 'Ada', user: person.id })
    await remove(schedule.id)
    await expect(get(schedule.id)).rejects.toMatchObject({ status: 404 })
    expect(await server().api(routes.getExecution, { params: { id: run.id } })).toMatchObject({ id: run.id })
  })

  test('runs as the person who changed it last: no one borrows the rights of another person', async () => {
    const { id } = await make()
    const person = await server().person('developer')
    expect((await patch(id, { paused: true }, person)).runs_as?.id).not.toBe(person.id)
    const changed = await patch(id, { cron: '0 10 * * *', input: { name: 'Grace' } }, person)
    expect(changed).toMatchObject({ runs_as: { id: person.id }, input: { name: 'Grace' }, paused: true })
  })

  test('can be run now, whether or not it is paused', async () => {
    const { id } = await make({ paused: true })
    const { execution_id } = await server().api(routes.runSchedule, { params: { id } })
    expect(await server().ended(execution_id)).toMatchObject({
      status: 'SUCCESS',
      trigger: 'schedule',
      scheduled_at: null,
    })
    expect(await fireTimesOf(id)).toMatchObject([{ kind: 'manual', execution: { id: execution_id } }])
  })

  test('fires nothing while it is paused, and no fire time that passed meanwhile', async () => {
    const { id } = await make({ cron: '* * * * *', catch_up: 'all' })
    await patch(id, { paused: true })
    await server().db.query(`update schedules set updated_at = now() - interval '1 day' where id = $1`, [id])
    const resumed = await patch(id, { paused: false })
    expect(Date.parse(resumed.next[0] ?? '')).toBeGreaterThan(Date.now() - 1000)
    expect(resumed.last).toBeNull()
    await remove(id)
  })

  test('notes a fire time that was skipped, with its reason', async () => {
    const { id } = await make({ workflow: 'slow', input: {} })
    const { execution_id } = await server().api(routes.runSchedule, { params: { id } })
    await makeDue(id)
    await until('the fire time is skipped', async () => (await get(id)).last?.status === 'skipped')
    expect((await get(id)).last).toMatchObject({ reason: 'The previous run had not ended.', execution: null })
    await server().api(routes.cancelExecution, { params: { id: execution_id } })
    await server().ended(execution_id)
    await patch(id, { paused: true })
  })

  test('with cancel previous, a run that is under way makes room', async () => {
    const { id } = await make({ workflow: 'slow', input: {}, overlap: 'cancel_previous' })
    const { execution_id } = await server().api(routes.runSchedule, { params: { id } })
    await server().reaches(execution_id, (status) => status === 'RUNNING')
    await makeDue(id)
    expect(await server().ended(execution_id)).toMatchObject({ status: 'CANCELLED' })
    const next = await until('the fire time has its run', async () => {
      const { last } = await get(id)
      return last?.execution && last.execution.id !== execution_id ? last.execution : null
    })
    await server().api(routes.cancelExecution, { params: { id: next.id } })
    await server().ended(next.id)
    await patch(id, { paused: true })
  })
})

describe('bad input', () => {
  test.each([
    [{ cron: '0 0 9 * * 1' }, 'cron', 'needs five cron fields'],
    [{ cron: '0 9 31 2 *' }, 'cron', 'never fires'],
    [{ cron: 'at nine' }, 'cron', 'needs five cron fields'],
    [{ cron: '61 9 * * *' }, 'cron', 'cannot use'],
    [{ timezone: 'Mars/Olympus' }, 'timezone', 'IANA name'],
    [{ input: {} }, 'input.name', 'required'],
    [{ input: { name: 5 } }, 'input.name', 'text'],
  ])('%j is refused, naming %s', async (body, field, message) => {
    await expect(make(body as Parameters<typeof make>[0])).rejects.toMatchObject({
      status: 422,
      code: 'validation_failed',
      details: [{ field, message: expect.stringContaining(message) }],
    })
  })

  test('an unknown workflow answers 404, an unknown schedule, too', async () => {
    await expect(make({ workflow: 'unknown' })).rejects.toMatchObject({ status: 404 })
    await expect(get('01a1fbf0-50b1-776c-a79f-d987081a6cf9')).rejects.toMatchObject({ status: 404 })
  })

  test('the limit of an organization', async () => {
    const person = await server().person('developer', await server().organization('Full'))
    const { id } = await make({}, person)
    await server().db.query(
      `insert into schedules select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).*
       from schedules s, generate_series(2, $2) where s.id = $1`,
      [id, limits.schedulesMax],
    )
    await expect(make({}, person)).rejects.toMatchObject({ status: 409 })
    const first = await person.api(routes.listSchedules, { query: { limit: 200 } })
    const second = await person.api(routes.listSchedules, {
      query: { limit: 200, cursor: first.next_cursor ?? '' },
    })
    expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(400)
    await server().db.query('delete from schedules where org_id = $1', [person.orgId])
  })
})

describe('the preview', () => {
  test('says when it fires, in words and in moments', async () => {
    const { text, next } = await server().api(routes.previewSchedule, {
      body: { cron: '*/15 * * * *', timezone: 'Europe/Berlin' },
    })
    expect(text).toBe('Every 15 minutes, Europe/Berlin')
    expect(next).toHaveLength(5)
  })

  test('warns of a change of the clocks', async () => {
    const { warning } = await server().api(routes.previewSchedule, {
      body: { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
    })
    expect(warning).toContain('go forward: 02:30 does not exist, so it fires once at 03:00')
    expect(warning).toContain('go back: 02:30 occurs twice, and it fires only the first time')
  })

  test('refuses six fields and an unknown zone in one answer', async () => {
    const body = { cron: '0 0 9 * * 1', timezone: 'Mars/Olympus' }
    await expect(server().api(routes.previewSchedule, { body })).rejects.toMatchObject({
      status: 422,
      details: [{ field: 'cron' }, { field: 'timezone' }],
    })
  })
})

describe('who may', () => {
  test('another organization sees and reaches nothing', async () => {
    const { id } = await make()
    const stranger = await server().person('org_admin', await server().organization())
    expect((await stranger.api(routes.listSchedules, { query: {} })).items).toEqual([])
    const calls = [
      () => stranger.api(routes.getSchedule, { params: { id } }),
      () => stranger.api(routes.updateSchedule, { params: { id }, body: { paused: true } }),
      () => stranger.api(routes.deleteSchedule, { params: { id } }),
      () => stranger.api(routes.runSchedule, { params: { id } }),
      () => stranger.api(routes.listScheduleFireTimes, { params: { id }, query: {} }),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ status: 404 })
    expect(await get(id)).toMatchObject({ paused: false })
    const own = await make({}, stranger)
    expect((await stranger.api(routes.listSchedules, { query: {} })).items).toMatchObject([{ id: own.id }])
  })

  test('a member may not', async () => {
    const member = await server().person('member')
    await expect(member.api(routes.listSchedules, { query: {} })).rejects.toMatchObject({ status: 403 })
    await expect(make({}, member)).rejects.toMatchObject({ status: 403 })
  })
})
