import { AppError, limits } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Engine } from './engine.ts'

/** Runs that start others start many. */
const knownBy = new WeakMap<Engine, LRUCache<string, number>>()

function knownTo(engine: Engine): LRUCache<string, number> {
  let known = knownBy.get(engine)
  if (!known) {
    known = new LRUCache({ max: 10_000 })
    knownBy.set(engine, known)
  }
  return known
}

/** Refuses a run that would be too deep: code that starts itself, or two that start each other, never end. */
export async function demandDepth(engine: Engine, parentId: string): Promise<void> {
  const known = knownTo(engine)
  let depth = known.get(parentId)
  if (depth === undefined) {
    const [row] = await engine.db.query<{ depth: number }>(
      `with recursive up as (
         select parent_id, 1 as depth from executions where id = $1
         union all
         select e.parent_id, up.depth + 1 from up join executions e on e.id = up.parent_id where up.depth < $2
       ) select coalesce(max(depth), 0)::int as depth from up`,
      [parentId, limits.runDepthMax],
    )
    depth = row?.depth ?? 0
    known.set(parentId, depth)
  }
  if (depth >= limits.runDepthMax)
    throw new AppError(
      'conflict',
      `Runs that start runs may be nested ${limits.runDepthMax} deep; this one would be deeper. Does a workflow start itself?`,
    )
}
