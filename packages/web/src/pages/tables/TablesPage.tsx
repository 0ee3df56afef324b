import type { TableSummary } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus, Table2 } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { CreateTableDialog } from './CreateTableDialog.tsx'
import { tableQueries } from './queries.ts'
import { rowCount } from './table-words.ts'

export function TablesPage() {
  const may = useMay()
  const allowed = may('table:read')
  const tables = useQuery({ ...tableQueries.list(), enabled: allowed })
  const [creating, setCreating] = useState(false)
  const [search, setSearch] = useState('')
  const items = tables.data ?? []
  const shown = items.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(search.toLowerCase()),
  )
  const create = may('table:write') && (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      Create a table
    </Button>
  )
  return (
    <Page
      title="Tables"
      lead="Data that outlives a run. Workflows read and write it, and so can people here."
      actions={items.length > 0 && create}
    >
      {!allowed ? (
        <NoAccess what="tables" />
      ) : tables.isPending ? (
        <SkeletonRows />
      ) : tables.isError ? (
        <ErrorState error={tables.error} onRetry={() => void tables.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={Table2} title="No tables yet" action={create}>
          Keep what was processed, what is open, or what a report needs. A workflow can create tables with{' '}
          <code className="font-mono text-sm">tables.create(name)</code>.
        </EmptyState>
      ) : (
        <>
          <SearchInput label="Search tables" value={search} onChange={setSearch} className="mb-3 sm:w-72" />
          {shown.length === 0 ? (
            <p className="py-6 text-muted">No matching tables.</p>
          ) : (
            <TableList tables={shown} />
          )}
        </>
      )}
      {creating && <CreateTableDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

function TableList({ tables }: { tables: readonly TableSummary[] }) {
  return (
    <table className="w-full table-fixed text-left">
      <thead>
        <tr className="border-b border-line text-xs text-faint">
          <th scope="col" className="py-2 pr-3 font-medium">
            Table
          </th>
          <th scope="col" className="w-28 py-2 pr-3 text-right font-medium">
            Rows
          </th>
          <th scope="col" className="w-32 py-2 pl-3 font-medium max-sm:hidden">
            Changed
          </th>
        </tr>
      </thead>
      <tbody>
        {tables.map((table) => (
          <tr key={table.id} className="border-b border-line transition-colors hover:bg-sunken">
            <td className="py-2 pr-3">
              <Link
                to="/tables/$table"
                params={{ table: table.is_own ? table.name : table.id }}
                className="font-medium hover:underline"
              >
                {table.name}
              </Link>{' '}
              {table.org_id === null ? (
                <Tag title="A table of all organizations">Global</Tag>
              ) : (
                !table.is_own && <Tag title="A table of another organization">Inherited</Tag>
              )}{' '}
              {table.access === 'role_based' && <Tag title="For people with certain roles">By role</Tag>}
              {table.description && <p className="truncate text-sm text-muted">{table.description}</p>}
            </td>
            <td className="tabular py-2 pr-3 text-right text-sm">
              {rowCount(table.rows, table.rows_estimated)}
            </td>
            <td className="py-2 pl-3 text-sm text-muted max-sm:hidden">
              <TimeAgo at={table.updated_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
