import { availableParallelism, totalmem } from 'node:os'
import { levelOf } from '../platform/containment/level.ts'
import { ownNetworks } from '../platform/egress/own-networks.ts'
import { makeChildHome } from '../worker/child-home.ts'
import { Environments } from '../worker/packages/environments.ts'
import { followPackages } from '../worker/packages/follow.ts'
import { childrenMaxOf, Pool } from '../worker/pool.ts'
import { spawnChild } from '../worker/spawn-child.ts'
import type { Platform } from './platform.ts'

const CHILD_IDLE_MS = 60_000

/**
 * The processes for authors' code; a process without a worker has none until it checks histories. `allowOf`: what code of
 * an organization may reach beside the public internet and what the installation allows.
 */
export function createChildren(
  { config, containment, listening, log, notifier, packages, roles }: Platform,
  allowOf: (orgId: string) => readonly string[],
) {
  let pool: Promise<Pool> | null = null
  let environments: Environments | null = null
  let unfollow = async () => {}
  const newPool = async () => {
    const home = await makeChildHome(config.dataDir, {
      containment: containment(),
      python: config.python,
    })
    const { name, by, lacks } = levelOf(home.containment.sandbox, home.containment.user(0) !== null)
    log.info({ isolation: name }, `workflows are contained by ${by}${lacks ? `: ${lacks}` : ''}`)
    const { pipIndexUrl, pipExtraIndexUrl, pipFindLinks, pipNoIndex } = config
    const made = new Environments({
      containment: home.containment,
      runtime: home.runtimes.python,
      index: {
        indexUrl: pipIndexUrl,
        extraIndexUrl: pipExtraIndexUrl,
        findLinks: pipFindLinks,
        noIndex: pipNoIndex,
      },
      egressAllow: config.egressAllow,
      log,
      record: (key, state) => packages.record(key, state),
    })
    environments = made
    if (roles.includes('worker')) unfollow = followPackages({ environments: made, packages, notifier, log })
    return new Pool({
      spawn: (index, language, site) => spawnChild(home, index, language, site),
      siteOf: (code) => made.siteOf(code),
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
    async stop() {
      await unfollow()
      await environments?.stop()
      await (await pool)?.stop()
    },
  }
}
