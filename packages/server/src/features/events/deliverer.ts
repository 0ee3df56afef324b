import { AppError, limits } from '@bifrost/contract'
import { lockEventName } from '../../engine/engine.ts'
import type { Query } from '../../platform/database.ts'
import { type OrgScope, shareHolderOf } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import {
  dueDeliveries,
  eventOf,
  failedStarts,
  insertStart,
  isLaneBusy,
  lockDelivery,
  type Progress,
  updateStart,
} from './deliveries.ts'
import { createEndWatch } from './end-watch.ts'
import { inTurns, retryDeadlock } from './in-turns.ts'
import type { EventRow } from './queries.ts'
import {
  begin,
  releaseLane,
  type StartDeps,
  type Subscriber,
  scopeOfEvent,
  settle,
} from './start-delivery.ts'

export interface DelivererOptions extends StartDeps {
  workspace: WorkflowCatalog
}

/** What a transaction did; told to those that it concerns after its commit. */
export interface Effects {
  executionIds: string[]
  /** Deliveries whose workflow is being asked for the input. */
  mappings: string[]
  /** Deliveries of which something follows when this run has ended. */
  watched: { deliveryId: string; executionId: string }[]
  announce: (() => Promise<unknown>)[]
}

/**
 * Starts the workflows of events. A workflow takes the events of one key one at a time, in the order of emission: a
 * delivery is open until its run has ended, and while one is open the next waits.
 */
export interface Deliverer {
  subscribers(scope: OrgScope, eventName: string): Promise<Subscriber[]>
  /** Within the emission, which has the name locked. */
  start(query: Query, scope: OrgScope, event: EventRow, subscribers: Subscriber[]): Promise<Effects>
  /** Tries what failed again. */
  replay(scope: OrgScope, event: EventRow): Promise<Effects>
  announce(effects: Effects): void
  /** Resolves when these mappings are settled, or have taken too long. */
  settled(mappings: string[]): Promise<void>
  /** Takes up what ended while no process listened; returns how many. */
  sweep(): Promise<number>
  stop(): void
}

const SWEEP_MAX = 200
const QUEUED: Progress = {
  status: 'queued',
  reason: 'Waits for the run that an earlier event with the same key started.',
  isOpen: true,
}
/** Who waits for an answer waits so long for code that makes an input; the delivery continues without them. */
const SETTLE_MS = limits.eventMapTimeoutMs + 2000

const nothing = (): Effects => ({
  executionIds: [],
  mappings: [],
  watched: [],
  announce: [],
})

function note(effects: Effects, deliveryId: string, progress: Progress): void {
  if (progress.status === 'started' && progress.executionId) effects.executionIds.push(progress.executionId)
  if (progress.status === 'mapping') effects.mappings.push(deliveryId)
  if (progress.announce) effects.announce.push(progress.announce)
  const executionId = progress.mappingId ?? progress.executionId
  if (progress.isOpen && executionId) effects.watched.push({ deliveryId, executionId })
}

export function createDeliverer(options: DelivererOptions): Deliverer {
  const { engine, workspace } = options
  const turns = inTurns()

  const change = <T>(scope: OrgScope, name: string, work: (query: Query) => Promise<T>): Promise<T> =>
    turns(`${scope.orgId}/${name}`, () =>
      retryDeadlock(() =>
        engine.db.inShare(shareHolderOf(scope), () =>
          engine.db.transaction(async (query) => {
            await lockEventName(query, scope.orgId, name, 'emit')
            return work(query)
          }),
        ),
      ),
    )

  /** Ready to run, or why not: the files may have a mistake. */
  const ready = async (scope: OrgScope, row: WorkflowRow): Promise<Subscriber> => {
    try {
      // The file may have been saved since the row was read.
      const workflow = await workspace.runnable(scope, row.id)
      return { row: workflow.row, workflow }
    } catch (error) {
      if (error instanceof AppError) return { row, problem: error.message }
      throw error
    }
  }
  const readyById = async (scope: OrgScope, id: string): Promise<Subscriber | null> => {
    const row = await workspace.find(scope, id).catch(() => null)
    return row && ready(scope, row)
  }

  /** Takes a delivery a step further: its mapping or its run has ended. */
  const advance = async (deliveryId: string): Promise<void> => {
    const event = await eventOf(engine.db.query, deliveryId)
    const scope = event && (await scopeOfEvent(engine.db.query, event))
    if (!event || !scope) return
    const subscriber = await readyById(scope, event.workflow_id)
    const effects = await change(scope, event.name, async (query) => {
      const done = nothing()
      const delivery = await lockDelivery(query, deliveryId)
      const progress =
        delivery?.is_open && (await settle(options, query, { scope, event, subscriber }, delivery))
      if (!delivery || !progress) return done
      await updateStart(query, deliveryId, progress)
      // Of a run that has ended, only its lane is news.
      if (delivery.status === 'mapping') note(done, deliveryId, progress)
      if (progress.isOpen || delivery.lane === null) return done
      const lane = { workflowId: delivery.workflow_id, key: delivery.lane }
      for (const moved of await releaseLane(options, query, subscriber, event.org_id, lane))
        note(done, moved.deliveryId, moved.progress)
      return done
    })
    announce(effects)
  }

  const advanceSafely = (deliveryId: string) =>
    advance(deliveryId).catch((error: unknown) =>
      engine.log.error({ err: error, delivery: deliveryId }, 'delivering an event failed'),
    )

  const watch = createEndWatch(engine, advanceSafely)

  const announce = (effects: Effects): void => {
    for (const tell of effects.announce)
      tell().catch((error: unknown) =>
        engine.log.error({ err: error }, 'announcing what an event did failed'),
      )
    for (const { deliveryId, executionId } of effects.watched) watch.add(deliveryId, executionId)
  }

  return {
    announce,
    async subscribers(scope, eventName) {
      await workspace.upToDate(scope)
      const rows = workspace
        .list(scope)
        .filter((row) => row.status !== 'missing' && row.definition.startOn?.event === eventName)
      const found = await Promise.all(rows.map((row) => ready(scope, row)))
      return found.filter(({ row }) => row.definition.startOn?.event === eventName)
    },
    async start(query, scope, event, subscribers) {
      const effects = nothing()
      for (const subscriber of subscribers) {
        const { row } = subscriber
        const isBusy = event.key !== null && (await isLaneBusy(query, scope.orgId, row.id, event.key))
        const progress: Progress = isBusy
          ? QUEUED
          : await begin(options, query, { scope, event, subscriber }, event.key !== null)
        const id = engine.newId()
        const workflow = { id: row.id, name: row.definition.name }
        await insertStart(query, scope.orgId, event, { id, workflow }, progress)
        note(effects, id, progress)
      }
      return effects
    },
    async replay(scope, event) {
      const failed = await failedStarts(engine.db.query, scope.orgId, event.id)
      if (failed.length === 0)
        throw new AppError('conflict', 'No delivery of this event failed, so there is nothing to replay.')
      const subscribers = new Map<string, Subscriber | null>()
      for (const { workflow_id: id } of failed) subscribers.set(id, await readyById(scope, id))
      return change(scope, event.name, async (query) => {
        const effects = nothing()
        for (const { id, workflow_id: workflowId, lane } of failed) {
          if ((await lockDelivery(query, id))?.status !== 'failed') continue
          const subscriber = subscribers.get(workflowId) ?? null
          const isBusy = lane !== null && (await isLaneBusy(query, scope.orgId, workflowId, lane))
          const progress: Progress = isBusy
            ? QUEUED
            : await begin(options, query, { scope, event, subscriber }, lane !== null)
          await updateStart(query, id, progress)
          note(effects, id, progress)
        }
        return effects
      })
    },
    async settled(mappings) {
      if (mappings.length === 0) return
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, SETTLE_MS)
      await Promise.race([Promise.all(mappings.map((id) => watch.done(id))), late.promise])
      clearTimeout(timer)
    },
    async sweep() {
      const due = await dueDeliveries(engine.db.query, SWEEP_MAX)
      for (const id of due) await advanceSafely(id)
      return due.length
    },
    stop: () => watch.stop(),
  }
}
