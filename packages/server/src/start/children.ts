import { availableParallelism, totalmem } from 'node:os'
import { levelOf } from '../platform/containment/level.ts'
import { ownNetworks } from '../platform/egress/own-networks.ts'
import { makeChildHome } from '../worker/child-home.ts'
import { childrenMaxOf, Pool } from '../worker/pool.ts'
import { spawnChild } from '../worker/spawn-child.ts'
import type { Platform } from './platform.ts'

const CHILD_IDLE_MS = 60_000

/**
 * The processes for authors' code; a process without a worker has none until it checks histories. `allowOf`: what code of
 * an organization may reach beside the public internet and what the installation allows.
 */
export function createChildren(
  { config, containment, listening, log }: Platform,
  allowOf: (orgId: string) => readonly string[],
) {
  let pool: Promise<Pool> | null = null
  const newPool = async () => {
    const home = await makeChildHome(config.dataDir, {
      containment: containment(),
      python: config.python,
    })
    const { name, by, lacks } = levelOf(home.containment.sandbox, home.containment.user(0) !== null)
    log.info({ isolation: name }, `workflows are contained by ${by}${lacks ? `: ${lacks}` : ''}`)
    return new Pool({
      spawn: (index, language) => spawnChild(home, index, language),
      log,
      childrenMax: childrenMaxOf(availableParallelism(), totalmem()),
      idleMs: CHILD_IDLE_MS,
      egressAllow: (orgId) => [...config.egressAllow, ...allowOf(orgId)],
      egressClosed: () => ({ port: listening.port, networks: ownNetworks() }),
    })
  }
  return {
    pool(): Promise<Pool> {
      pool ??= newPool()
      return pool
    },
    stop: async () => (await pool)?.stop(),
  }
}
