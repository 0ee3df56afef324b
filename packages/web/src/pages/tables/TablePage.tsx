import type { TableDetail } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { NoAccess } from '../../ui/states.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { IndexesTab } from './IndexesTab.tsx'
import { PoliciesTab } from './PoliciesTab.tsx'
import { tableQueries } from './queries.ts'
import { RowsTab } from './RowsTab.tsx'
import { SettingsTab } from './SettingsTab.tsx'

const route = getRouteApi('/shell/tables/$table')
const tabIds = ['rows', 'indexes', 'policies', 'settings'] as const
type TabId = (typeof tabIds)[number]

export function TablePage() {
  const { table: ref } = route.useParams()
  const may = useMay()
  const table = useQuery({
    ...tableQueries.one(ref),
    enabled: may('table:read'),
    refetchInterval: ({ state }) =>
      state.data?.indexes.some((index) => index.state === 'building') ? 1000 : false,
  })
  if (!may('table:read'))
    return (
      <Page title="Table">
        <NoAccess what="tables" />
      </Page>
    )
  const detail = table.data
  return (
    <Page
      title={detail?.name ?? ref}
      width="full"
      heading={
        detail && (
          <>
            <p className="text-sm">
              <Link to="/tables" className="text-muted hover:underline">
                Tables
              </Link>
            </p>
            <h1 className="flex flex-wrap items-center gap-2 text-2xl font-semibold tracking-[-0.015em] break-all">
              {detail.name}
              {detail.org_id === null ? <Tag>Global</Tag> : !detail.is_own && <Tag>Inherited</Tag>}
            </h1>
          </>
        )
      }
      lead={detail?.description || undefined}
    >
      <QueryView query={table}>
        {(table) => <Parts table={table} canWrite={may('table:write') && table.is_own} />}
      </QueryView>
    </Page>
  )
}

function Parts(props: { table: TableDetail; canWrite: boolean }) {
  const { table: ref } = route.useParams()
  const search = route.useSearch()
  const navigate = useNavigate()
  const { indexes, policies } = props.table
  const count = (all: readonly unknown[]) =>
    all.length > 0 && <span className="text-faint">{all.length}</span>
  return (
    <Tabs<TabId>
      label="Parts of the table"
      value={tabIds.find((id) => id === search.tab) ?? 'rows'}
      onChange={(next) =>
        void navigate({
          to: '/tables/$table',
          params: { table: ref },
          search: next === 'rows' ? {} : { tab: next },
        })
      }
      tabs={[
        { id: 'rows', label: 'Rows', content: <RowsTab {...props} /> },
        { id: 'indexes', label: <>Indexes {count(indexes)}</>, content: <IndexesTab {...props} /> },
        { id: 'policies', label: <>Policies {count(policies)}</>, content: <PoliciesTab {...props} /> },
        { id: 'settings', label: 'Settings', content: <SettingsTab {...props} /> },
      ]}
    />
  )
}
