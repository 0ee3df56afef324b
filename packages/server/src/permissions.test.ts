import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AccountRole, accountRoles, roleMay } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { CHECKOUT } from './config.ts'
import { pageOf } from './testing/matrix/table.ts'
import { type Step, walk } from './testing/matrix/walk.ts'
import { World, workspaceFiles } from './testing/matrix/world.ts'
import { useServer } from './testing/server.ts'

// Every route of the contract, as everybody, with the things of everybody.

const PAGE = join(CHECKOUT, 'docs/permissions.md')
const server = useServer({ files: workspaceFiles })
const steps: Step[] = []
let changed: string[]

beforeAll(async () => {
  const world = await World.make(server())
  const actors = world.actors()
  const isAdmin = ({ name }: { name: string }) => name === 'platform_admin'
  // Alone, since what they do to other organizations may be right.
  const first = await walk(
    world,
    actors.filter((actor) => !isAdmin(actor)),
  )
  changed = first.changed
  steps.push(...first.steps, ...(await walk(world, actors.filter(isAdmin))).steps)
}, 240_000)

const said = ({ actor, name, whose, status, code }: Step) =>
  `${actor.name} ${name} ${whose}: ${status} ${code ?? ''}`.trim()
const those = (fits: (step: Step) => boolean) => steps.filter(fits).map(said)
const isRole = (step: Step) => accountRoles.some((role) => role === step.actor.name)
const isCustomer = (step: Step) => isRole(step) && step.actor.name !== 'platform_admin'

describe('every route', () => {
  test('answers 401 without a key and to an expired key, unless it is public', () => {
    const unauthenticated = (step: Step) =>
      step.actor.name === 'anonymous' || step.actor.name === 'expired key'
    expect(
      those(
        (step) =>
          unauthenticated(step) && step.route.permission !== 'public' && step.code !== 'unauthenticated',
      ),
    ).toEqual([])
  })

  test('answers 403 to a key that is limited to nothing, unless all that it asks for is a person', () => {
    const beyond = ({ actor, route }: Step) =>
      actor.name === 'limited key' && !['public', 'signed_in'].includes(route.permission)
    expect(those((step) => beyond(step) && step.status !== 403)).toEqual([])
  })

  test('answers 403 to a role without its permission, whatever it names', () => {
    const lacks = (step: Step) =>
      isRole(step) && !roleMay(step.actor.name as AccountRole, step.route.permission)
    expect(those((step) => lacks(step) && step.status !== 403)).toEqual([])
  })

  test('answers 403 or 404 to a thing of another organization', () => {
    const foreign = (step: Step) => isCustomer(step) && step.whose === 'other' && !step.fixture.byName
    const refused = ({ status, code, fixture }: Step) =>
      status === 403 || status === 404 || fixture.refusedWith?.some((one) => one === code) === true
    expect(those((step) => foreign(step) && !refused(step))).toEqual([])
  })

  test('shows no one a trace of another organization', () => {
    expect(those((step) => isCustomer(step) && step.traces)).toEqual([])
  })

  test('changes nothing of another organization, and nothing that belongs to all', () => {
    expect(changed).toEqual([])
  })

  test('never fails inside the platform', () => {
    expect(those((step) => step.status >= 500)).toEqual([])
  })

  test('lets at least one role in, so that a refusal means something', () => {
    const names = new Set(
      steps.filter((step) => isRole(step) && !step.fixture.refusesAll).map((step) => step.name),
    )
    for (const step of steps) if (step.letIn && step.whose !== 'other') names.delete(step.name)
    expect(those((step) => names.has(step.name) && isRole(step))).toEqual([])
  })
})

test('docs/permissions.md says what the routes do; npm run permissions rewrites it', () => {
  const page = pageOf(steps)
  if (process.env['WRITE_PERMISSIONS']) writeFileSync(PAGE, page)
  expect(page).toEqual(readFileSync(PAGE, 'utf8'))
})
