import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { Page } from '../../components/Page.tsx'
import { ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tabs } from '../../components/Tabs.tsx'
import { Tag } from '../../components/Tag.tsx'
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
  const search = route.useSearch()
  const navigate = useNavigate()
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
  if (table.isPending)
    return (
      <Page title={ref}>
        <SkeletonRows />
      </Page>
    )
  if (table.isError)
    return (
      <Page title={ref}>
        <ErrorState error={table.error} onRetry={() => void table.refetch()} />
      </Page>
    )
  const detail = table.data
  const canWrite = may('table:write') && detail.is_own
  const tab = tabIds.find((id) => id === search.tab) ?? 'rows'
  const count = (all: readonly unknown[]) =>
    all.length > 0 && <span className="text-faint">{all.length}</span>
  return (
    <Page
      title={detail.name}
      width="full"
      heading={
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
      }
      lead={detail.description || undefined}
    >
      <Tabs<TabId>
        label="Parts of the table"
        value={tab}
        onChange={(next) =>
          void navigate({
            to: '/tables/$table',
            params: { table: ref },
            search: next === 'rows' ? {} : { tab: next },
          })
        }
        tabs={[
          { id: 'rows', label: 'Rows', content: <RowsTab table={detail} canWrite={canWrite} /> },
          {
            id: 'indexes',
            label: <>Indexes {count(detail.indexes)}</>,
            content: <IndexesTab table={detail} canWrite={canWrite} />,
          },
          {
            id: 'policies',
            label: <>Policies {count(detail.policies)}</>,
            content: <PoliciesTab table={detail} canWrite={canWrite} />,
          },
          { id: 'settings', label: 'Settings', content: <SettingsTab table={detail} canWrite={canWrite} /> },
        ]}
      />
    </Page>
  )
}
