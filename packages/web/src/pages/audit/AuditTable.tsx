import type { AuditRow } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import type { Column } from '../../ui/columns.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { JsonTree } from '../../ui/JsonTree.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import type { AnyListState } from '../../ui/use-list-state.ts'

/** Changes as dense rows, newest first; a row opens to show what was before and after. */
export function AuditTable({
  list,
  rows,
  columns,
}: {
  list: AnyListState
  rows: readonly AuditRow[]
  columns: readonly Column<AuditRow>[]
}) {
  return (
    <DataTable
      list={list}
      label="Changes"
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      details={{
        label: (row) => `Details of ${row.action} ${targetOf(row)}`,
        view: (row) => <Details row={row} />,
      }}
    />
  )
}

const targetOf = ({ target }: AuditRow) => target.name ?? target.id ?? target.type

export const auditColumns = (showOrganization: boolean): readonly Column<AuditRow>[] => [
  {
    id: 'action',
    label: 'Action',
    show: 'always',
    width: 'w-[24%]',
    className: 'truncate',
    cell: ({ action, outcome }) => (
      <>
        <span className="font-mono text-sm font-medium">{action}</span>
        {outcome === 'failure' && (
          <span className="ml-2">
            <Tag tone="bad">Failed</Tag>
          </span>
        )}
      </>
    ),
  },
  {
    id: 'what',
    label: 'What',
    narrow: 'line',
    className: 'truncate text-sm text-muted max-sm:pl-10',
    cell: (row) => (
      <span title={row.target.id ?? undefined}>
        <span className="text-faint">{row.target.type}</span> {targetOf(row)}
      </span>
    ),
  },
  {
    id: 'who',
    label: 'Who',
    width: 'w-[24%]',
    className: 'truncate text-sm text-muted max-sm:pl-10',
    cell: ({ actor }) => actor.email ?? 'Bifrost',
  },
  {
    id: 'from',
    label: 'From',
    show: 'extra',
    width: 'w-[14%]',
    narrow: 'labeled',
    className: 'truncate font-mono text-xs text-muted',
    cell: ({ address }) => address,
  },
  ...(showOrganization
    ? [
        {
          id: 'organization',
          label: 'Organization',
          width: 'w-[14%]',
          className: 'truncate text-sm text-muted',
          cell: ({ organization }) => organization?.name ?? 'None',
        } satisfies Column<AuditRow>,
      ]
    : []),
  {
    id: 'when',
    label: 'When',
    width: 'w-[96px]',
    align: 'end',
    narrow: 'end',
    className: 'text-sm text-muted',
    cell: ({ at }) => <TimeAgo at={at} />,
  },
]

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
