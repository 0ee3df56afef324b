import type { QuotaUsage } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { useState } from 'react'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { organizationQueries } from '../organizations/queries.ts'
import { QuotaDialog } from './QuotaDialog.tsx'
import { usageQueries } from './queries.ts'
import { formatQuota, quotaWords, shareOf } from './quota-words.ts'

/** From here on it is close to its end. */
const MUCH = 0.8

export function UsagePage() {
  const may = useMay()
  const me = useMe()
  const allowed = may('quota:read')
  const isAdmin = may('platform:admin')
  const [chosen, setChosen] = useState(me.organization.id)
  const [editing, setEditing] = useState<QuotaUsage | null>(null)
  const organizations = useQuery({ ...organizationQueries.names(), enabled: isAdmin })
  const usage = useQuery({
    ...usageQueries.of(chosen === me.organization.id ? null : chosen),
    enabled: allowed,
    refetchInterval: 10_000,
  })
  return (
    <Page
      title="Usage"
      lead="Usage and quotas of the organization."
      actions={
        isAdmin &&
        organizations.data &&
        organizations.data.length > 1 && (
          <select
            aria-label="Organization"
            className="control w-auto max-w-full"
            value={chosen}
            onChange={(event) => setChosen(event.target.value)}
          >
            {organizations.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )
      }
    >
      {!allowed ? (
        <NoAccess what="usage" />
      ) : (
        <QueryView query={usage} rows={5}>
          {(data) => (
            <ul aria-label={`Quotas of ${data.organization.name}`} className="divide-y divide-line">
              {data.items.map((quota) => (
                <Quota
                  key={quota.name}
                  quota={quota}
                  onEdit={isAdmin ? () => setEditing(quota) : undefined}
                />
              ))}
            </ul>
          )}
        </QueryView>
      )}
      {editing && usage.data && (
        <QuotaDialog
          quota={editing}
          organization={usage.data.organization}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  )
}

function Quota({ quota, onEdit }: { quota: QuotaUsage; onEdit: (() => void) | undefined }) {
  const words = quotaWords[quota.name]
  const share = shareOf(quota)
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 py-4">
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="flex items-center gap-2 font-medium">
          {words.name}
          {quota.limit !== quota.default && <Tag tone="accent">Set for this organization</Tag>}
        </h2>
        <p className="text-sm text-muted">{words.about}</p>
      </div>
      <div className="w-full sm:w-72">
        <p className="mb-1 text-sm">
          {quota.used !== null && (
            <>
              <span className="font-medium">{formatQuota(quota.name, quota.used)}</span>
              <span className="text-muted">{quota.limit === null ? ' · ' : ' of '}</span>
            </>
          )}
          <span className="text-muted">{formatQuota(quota.name, quota.limit)}</span>
        </p>
        {share !== null && (
          <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-hover">
            <div
              className={clsx('h-full rounded-full', share >= MUCH ? 'bg-bad' : 'bg-accent')}
              style={{ width: `${share * 100}%` }}
            />
          </div>
        )}
      </div>
      {onEdit && (
        <Button look="quiet" size="sm" aria-label={`Change ${words.name}`} onClick={onEdit}>
          Change
        </Button>
      )}
    </li>
  )
}
