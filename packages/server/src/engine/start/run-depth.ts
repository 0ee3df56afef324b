import { AppError, limits, type Trigger } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Engine } from '../types.ts'

/** Runs that start others start many. */
interface Known {
  depth: number
  /** It is a test, which leaves nothing in history; nor do the runs that it starts. */
  isTest: boolean
}

const knownBy = new WeakMap<Engine, LRUCache<string, Known>>()

function knownTo(engine: Engine): LRUCache<string, Known> {
  let known = knownBy.get(engine)
  if (!known) {
    known = new LRUCache({ max: 10_000 })
    knownBy.set(engine, known)
  }
  return known
}

/**
 * Refuses a run that would be too deep: code that starts itself, or two that start each other, never end. Answers the
 * trigger of what a run starts.
 */
export async function requireDepth(engine: Engine, parentId: string, trigger: Trigger): Promise<Trigger> {
  const known = knownTo(engine)
  let parent = known.get(parentId)
  if (parent === undefined) {
    const [row] = await engine.db.query<{ depth: number; is_test: boolean }>(
      `with recursive up as (
         select parent_id, 1 as depth from executions where id = $1
         union all
         select e.parent_id, up.depth + 1 from up join executions e on e.id = up.parent_id where up.depth < $2
       ) select coalesce(max(depth), 0)::int as depth,
         exists (select from executions where id = $1 and trigger = 'test') as is_test from up`,
      [parentId, limits.runDepthMax],
    )
    parent = { depth: row?.depth ?? 0, isTest: row?.is_test ?? false }
    known.set(parentId, parent)
  }
  if (parent.depth >= limits.runDepthMax)
    throw new AppError(
      'conflict',
      `Runs that start runs may be nested ${limits.runDepthMax} deep; this one would be deeper. Does a workflow start itself?`,
    )
  return parent.isTest ? 'test' : trigger
}
