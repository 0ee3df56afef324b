import { ErrorBody, pathOf, type Route, type RouteName, routes } from '@bifrost/contract'
import { SESSION_COOKIE } from '../../features/accounts/sessions/cookie.ts'
import type { Call, Fixture } from './fixture.ts'
import { TRACE } from './fixture-rows.ts'
import { fixtures } from './fixtures.ts'
import type { Actor, Whose, World } from './world.ts'

/** One call of the matrix and what came of it. */
export interface Step {
  name: RouteName
  route: Route
  fixture: Fixture
  actor: Actor
  whose: Whose
  status: number
  /** Of an error. */
  code: string | null
  letIn: boolean
  /** The answer shows something of the other organization. */
  traces: boolean
}

const AT_ONCE = 12

const whoseOf = (fixture: Fixture): Whose[] => {
  if (fixture.names === 'nothing') return ['own']
  return fixture.names === 'own' ? ['own', 'organization', 'other'] : ['organization', 'other', 'global']
}

type Planned = Pick<Step, 'name' | 'route' | 'fixture' | 'actor' | 'whose'> & { call: Call }

/**
 * Calls every route as everybody with items of every owner; answers also which tables hold something else of the other
 * organization, or of all, than before.
 */
export async function walk(
  world: World,
  actors: readonly Actor[],
): Promise<{ steps: Step[]; changed: string[] }> {
  const planned: Planned[] = []
  const todo = Object.entries(routes).flatMap(([name, route]) =>
    actors.flatMap((actor) => {
      const fixture = fixtures[name as RouteName] as Fixture
      return whoseOf(fixture).map((whose) => ({
        name: name as RouteName,
        route: route as Route,
        fixture,
        actor,
        whose,
      }))
    }),
  )
  // First all things are made, so that whatever changes afterwards was changed by a call.
  await inParallel(todo, async (one) => {
    const call = await one.fixture.call(world.fixtureRows(one.whose, one.actor))
    planned.push({ ...one, call: call as Call })
  })
  const before = await world.stateOfOthers()
  const steps: Step[] = []
  for (const isLast of [false, true])
    await inParallel(
      planned.filter(({ fixture }) => (fixture.isLast === true) === isLast),
      async (one) => {
        steps.push(await send(world, one))
      },
    )
  const after = await world.stateOfOthers()
  return { steps, changed: [...after.keys()].filter((table) => after.get(table) !== before.get(table)) }
}

/** What may be done a few times at once only is done again, and so is what waits for files that are still being read. */
async function send(world: World, planned: Planned): Promise<Step> {
  for (let times = 0; ; times++) {
    const step = await sendOnce(world, planned)
    const mayBeAskedAgain = step.code === 'unavailable' ? 400 : step.code === 'rate_limited' ? 20 : 0
    if (step.letIn || times >= mayBeAskedAgain) return step
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function sendOnce(world: World, { call, ...one }: Planned): Promise<Step> {
  const { route, actor, fixture } = one
  const { params, query, body, bytes, headers } = call as Call &
    Record<string, Record<string, unknown> | undefined>
  const init: RequestInit = { method: route.method, redirect: 'manual' }
  const sent: Record<string, string> = { ...(headers as Record<string, string> | undefined) }
  if (
    fixture.by === 'session' &&
    actor.session &&
    actor.name !== 'expired key' &&
    actor.name !== 'limited key'
  )
    Object.assign(sent, { cookie: `${SESSION_COOKIE}=${actor.session}`, 'sec-fetch-site': 'same-origin' })
  else if (actor.person) sent['authorization'] = `Bearer ${actor.person.apiKey}`
  if (route.transport === 'upload') {
    sent['content-type'] = 'application/octet-stream'
    init.body = String(bytes ?? '')
  } else if (route.body) {
    sent['content-type'] = 'application/json'
    init.body = JSON.stringify(body ?? {})
  }
  const response = await world.server.anonymous(pathOf(route, params, query), { ...init, headers: sent })
  const text = await response.text()
  const code = response.ok ? null : codeOf(text)
  const letIn = response.status < 400 || fixture.passes?.some((passes) => passes === code) === true
  return { ...one, status: response.status, code, letIn, traces: text.includes(TRACE) }
}

function codeOf(text: string): string | null {
  try {
    return ErrorBody.parse(JSON.parse(text)).error.code
  } catch {
    return null
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const one = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}
