import type { AuditRow } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../components/Button.tsx'
import { JsonTree } from '../../components/JsonTree.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'

/** Changes as dense rows, newest first; a row opens to show what was before and after. */
export function AuditTable({
  rows,
  showOrganization,
}: {
  rows: readonly AuditRow[]
  showOrganization: boolean
}) {
  const [open, setOpen] = useState<string | null>(null)
  return (
    <table className="w-full table-fixed border-collapse text-left max-sm:block">
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          <th scope="col" className="w-9">
            <span className="sr-only">Details</span>
          </th>
          <th scope="col" className="w-[24%] py-2 pr-3 font-medium">
            Action
          </th>
          <th scope="col" className="py-2 pr-3 font-medium">
            What
          </th>
          <th scope="col" className="w-[24%] py-2 pr-3 font-medium">
            Who
          </th>
          {showOrganization && (
            <th scope="col" className="w-[14%] py-2 pr-3 font-medium">
              Organization
            </th>
          )}
          <th scope="col" className="w-[96px] py-2 text-right font-medium">
            When
          </th>
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {rows.map((row) => (
          <Row
            key={row.id}
            row={row}
            showOrganization={showOrganization}
            open={open === row.id}
            onToggle={() => setOpen(open === row.id ? null : row.id)}
          />
        ))}
      </tbody>
    </table>
  )
}

function Row({
  row,
  showOrganization,
  open,
  onToggle,
}: {
  row: AuditRow
  showOrganization: boolean
  open: boolean
  onToggle: () => void
}) {
  const what = row.target.name ?? row.target.id ?? row.target.type
  const cell = 'truncate py-2 pr-3 max-sm:p-0'
  return (
    <>
      <tr className="border-b border-line align-middle transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:py-2">
        <td className="max-sm:order-first">
          <IconButton
            size="sm"
            icon={ChevronRight}
            label={`Details of ${row.action} ${what}`}
            aria-expanded={open}
            className={open ? 'rotate-90' : ''}
            onClick={onToggle}
          />
        </td>
        <td className={cell}>
          <span className="font-mono text-sm font-medium">{row.action}</span>
          {row.outcome === 'failure' && (
            <span className="ml-2">
              <Tag tone="bad">Failed</Tag>
            </span>
          )}
        </td>
        <td
          className={`${cell} text-sm text-muted max-sm:basis-full max-sm:pl-10`}
          title={row.target.id ?? undefined}
        >
          <span className="text-faint">{row.target.type}</span> {what}
        </td>
        <td className={`${cell} text-sm text-muted max-sm:pl-10`}>{row.actor.email ?? 'Bifrost'}</td>
        {showOrganization && (
          <td className={`${cell} text-sm text-muted`}>{row.organization?.name ?? 'None'}</td>
        )}
        <td className="py-2 text-right text-sm text-muted max-sm:ml-auto max-sm:p-0">
          <TimeAgo at={row.at} />
        </td>
      </tr>
      {open && (
        <tr className="border-b border-line bg-sunken max-sm:block">
          <td colSpan={showOrganization ? 6 : 5} className="px-3 py-3 max-sm:block sm:pl-9">
            <Details row={row} />
          </td>
        </tr>
      )}
    </>
  )
}

function Details({ row }: { row: AuditRow }) {
  const facts = [
    ['From', row.address],
    ['ID', row.target.id],
    ['Person', row.actor.id],
  ].filter((fact): fact is [string, string] => fact[1] !== null)
  return (
    <div className="grid gap-3">
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="flex min-w-0 gap-1.5">
            <dt className="text-faint">{name}</dt>
            <dd className="font-mono break-all text-muted">{value}</dd>
          </div>
        ))}
        {row.execution_id && (
          <div className="flex gap-1.5">
            <dt className="text-faint">By</dt>
            <dd>
              <Link
                to="/history/$id"
                params={{ id: row.execution_id }}
                className="text-accent hover:underline"
              >
                a run
              </Link>
            </dd>
          </div>
        )}
      </dl>
      {row.before === null && row.after === null ? (
        <p className="text-sm text-faint">No further details.</p>
      ) : (
        <div className="grid gap-4 sm:grid-cols-2">
          {(['before', 'after'] as const).map((when) => (
            // biome-ignore lint/a11y/useSemanticElements: nothing is filled in here, as in a fieldset
            <div
              key={when}
              role="group"
              aria-label={when === 'before' ? 'Before' : 'After'}
              className="min-w-0"
            >
              <p className="mb-1 text-xs font-medium text-faint">{when === 'before' ? 'Before' : 'After'}</p>
              {row[when] === null ? (
                <p className="text-sm text-faint">Nothing</p>
              ) : (
                <JsonTree value={row[when]} label={when} />
              )}
            </div>
          ))}
        </div>
      )}
    </div>
  )
}
