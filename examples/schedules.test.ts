import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

test('nightlyInventory runs by its schedule, at the time that the file says', async () => {
  const schedule = await until('the schedule is there', async () =>
    (await server().api(routes.listSchedules, { query: { workflow: 'nightlyInventory' } })).items.at(0),
  )
  expect(schedule).toMatchObject({
    source: 'code',
    text: 'Every day at 02:30, Europe/Berlin',
    workflow: { path: 'reports/nightly-inventory.ts' },
  })
  await server().db.query('update schedules set next_at = now() where id = $1', [schedule.id])
  const last = await until('its run is there', async () => {
    const { last } = await server().api(routes.getSchedule, { params: { id: schedule.id } })
    return last?.execution && last
  })
  const run = await server().ended(last.execution?.id ?? '')
  expect(run).toMatchObject({
    status: 'SUCCESS',
    trigger: 'schedule',
    started_by: null,
    scheduled_at: last.fire_time,
    result: { devices: 57 },
  })
})
