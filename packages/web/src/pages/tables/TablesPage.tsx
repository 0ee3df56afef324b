import type { TableSummary } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus, Table2 } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import type { Column } from '../../ui/columns.ts'
import { SearchFilter } from '../../ui/filters.tsx'
import { hasText, ListTable } from '../../ui/ListTable.tsx'
import { defineList, text } from '../../ui/list-search.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { CreateTableDialog } from './CreateTableDialog.tsx'
import { tableQueries } from './queries.ts'
import { rowCount } from './table-words.ts'

const tableList = defineList('tables', { q: text })

export function TablesPage() {
  const may = useMay()
  const allowed = may('table:read')
  const tables = useQuery({ ...tableQueries.list(), enabled: allowed })
  const [creating, setCreating] = useState(false)
  const list = useListState(tableList)
  const items = tables.data ?? []
  const shown = items.filter(({ name, description }) => hasText(list.filter.q, name, description))
  const create = may('table:write') && (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      Create a table
    </Button>
  )
  return (
    <Page
      title="Tables"
      lead="Data that outlives a run. Workflows and people can read and write it."
      actions={items.length > 0 && create}
    >
      {!allowed ? (
        <NoAccess what="tables" />
      ) : (
        <QueryView
          query={tables}
          empty={
            <EmptyState icon={Table2} title="No tables yet" action={create}>
              Use tables to track what was processed, what is open, or what a report needs. A workflow can
              create tables with <code className="font-mono text-sm">tables.create(name)</code>.
            </EmptyState>
          }
        >
          {() => (
            <ListTable
              list={list}
              filters={<SearchFilter list={list} name="q" label="Search tables" className="w-full sm:w-72" />}
              noMatch="No matching tables."
              label="Tables"
              rows={shown}
              columns={columns}
              rowId={({ id }) => id}
            />
          )}
        </QueryView>
      )}
      {creating && <CreateTableDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

const columns: readonly Column<TableSummary>[] = [
  {
    id: 'table',
    label: 'Table',
    show: 'always',
    narrow: 'line',
    sortBy: ({ name }) => name,
    cell: (table) => (
      <>
        <Link
          data-row-link
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
      </>
    ),
  },
  {
    id: 'rows',
    label: 'Rows',
    width: 'w-28',
    align: 'end',
    narrow: 'labeled',
    className: 'tabular text-sm',
    sortBy: ({ rows }) => rows,
    cell: ({ rows, rows_estimated }) => rowCount(rows, rows_estimated),
  },
  {
    id: 'changed',
    label: 'Changed',
    width: 'w-32 pl-3',
    narrow: 'end',
    className: 'text-sm text-muted sm:pl-3',
    sortBy: ({ updated_at }) => updated_at,
    cell: ({ updated_at }) => <TimeAgo at={updated_at} />,
  },
]
