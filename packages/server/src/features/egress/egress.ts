import net from 'node:net'
import { AppError, type EgressRule, parseEgressRule, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { counted } from '../../platform/counted.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/log.ts'
import type { Notifier } from '../../platform/notify.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** Which private addresses each organization may reach, known to this process at any moment. */
export interface EgressAllowance {
  start(): Promise<void>
  stop(): void
  /** Beside those of the installation: of the organization, those above it, and those for all. */
  of(orgId: string | null): readonly string[]
  list(scope: OrgScope): Promise<EgressRule[]>
  add(scope: OrgScope, rule: string, note: string): Promise<EgressRule>
  remove(scope: OrgScope, id: string): Promise<void>
}

const LOOK_MS = 30_000

interface RuleRow {
  id: string
  org_id: string | null
  rule: string
  note: string
  created_at: Date
}

const ruleOf = ({ created_at, ...row }: RuleRow): EgressRule => ({
  ...row,
  created_at: created_at.toISOString(),
})
const COLUMNS = 'id, org_id, rule, note, created_at'

export function createEgressAllowance(parts: {
  db: Database
  notifier: Notifier
  log: Log
}): EgressAllowance {
  const { db, notifier, log } = parts
  let forAll: readonly string[] = []
  let byOrg = new Map<string, readonly string[]>()
  let timer: NodeJS.Timeout | null = null
  let unsubscribe = () => {}
  let reading: Promise<void> = Promise.resolve()

  const read = async () => {
    const rows = await db.query<{ org_id: string | null; rule: string }>(
      `select null::uuid as org_id, rule from egress_rules where org_id is null
       union all
       select o.id, r.rule from egress_rules r join organizations o on r.org_id = any(o.path)
       order by 1, 2`,
    )
    const next = new Map<string, string[]>()
    forAll = rows.filter(({ org_id }) => org_id === null).map(({ rule }) => rule)
    for (const { org_id, rule } of rows)
      if (org_id !== null) {
        const own = next.get(org_id)
        if (own) own.push(rule)
        else next.set(org_id, [...forAll, rule])
      }
    byOrg = next
  }
  // One after the other: what was read last is what counts.
  const look = () => {
    reading = reading
      .then(read)
      .catch((error: unknown) => log.error({ err: error }, 'the rules of outbound calls could not be read'))
    return reading
  }

  return {
    async start() {
      await read()
      unsubscribe = notifier.subscribe('egress', () => void look())
      timer = setInterval(() => void look(), LOOK_MS)
    },
    stop() {
      unsubscribe()
      if (timer) clearInterval(timer)
    },
    of: (orgId) => (orgId === null ? forAll : (byOrg.get(orgId) ?? forAll)),
    async list(scope) {
      const rows = await db.as(scope).query<RuleRow>(
        `select ${COLUMNS} from egress_rules where org_id = any($1::uuid[]) or org_id is null
           order by array_position($1::uuid[], org_id) nulls last, rule`,
        [scope.chain],
      )
      return rows.map(ruleOf)
    },
    async add(scope, rule, note) {
      if (parseEgressRule(net, rule) === null)
        throw validationError([
          { field: 'rule', message: 'must be a network, an address or a host name, with or without a port' },
        ])
      const id = newId()
      const row = await db.as(scope).transaction(async (query) => {
        const [made] = await counted(query, 'egressRules', scope.owner, () =>
          query<RuleRow>(
            `insert into egress_rules (id, org_id, rule, note) values ($1, $2, $3, $4)
           on conflict do nothing returning ${COLUMNS}`,
            [id, scope.owner, rule, note],
          ),
        )
        if (!made) throw new AppError('already_exists', `${rule} is already allowed.`)
        await audit(query, scope, {
          action: 'egress.open',
          target: { type: 'egress_rule', id, name: rule },
          after: { rule, note },
        })
        return made
      })
      notifier.publish('egress')
      await look()
      return ruleOf(row)
    },
    async remove(scope, id) {
      await db.as(scope).transaction(async (query) => {
        const [gone] = await query<{ rule: string }>(
          'delete from egress_rules where id = $1 and org_id is not distinct from $2 returning rule',
          [id, scope.owner],
        )
        if (!gone) throw new AppError('not_found', 'There is no such rule.')
        await audit(query, scope, {
          action: 'egress.close',
          target: { type: 'egress_rule', id, name: gone.rule },
          before: { rule: gone.rule },
        })
      })
      notifier.publish('egress')
      await look()
    },
  }
}
