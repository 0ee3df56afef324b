import { routes } from '@bifrost/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Download, ScrollText } from 'lucide-react'
import { addressOf } from '../../app/acting.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { AuditFilters } from './AuditFilters.tsx'
import { AuditTable } from './AuditTable.tsx'
import { isFiltered, toFilters } from './audit-search.ts'
import { auditQueries } from './queries.ts'

const route = getRouteApi('/shell/audit')

export function AuditPage() {
  const may = useMay()
  const me = useMe()
  const allowed = may('audit:read')
  const search = route.useSearch()
  const navigate = useNavigate()
  const filters = toFilters(search)
  const log = useInfiniteQuery({ ...auditQueries.list(filters), enabled: allowed })
  const rows = log.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page
      title="Audit"
      lead="Who changed what, and who signed in or tried to."
      actions={allowed && rows.length > 0 && <ExportLinks filters={filters} />}
    >
      {allowed && (
        <AuditFilters
          search={search}
          onChange={(next) => void navigate({ to: '/audit', search: next, replace: true })}
        />
      )}
      {!allowed ? (
        <NoAccess what="the audit log" />
      ) : log.isPending ? (
        <SkeletonRows rows={10} />
      ) : log.isError && rows.length === 0 ? (
        <ErrorState error={log.error} onRetry={() => void log.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={ScrollText}
          title={isFiltered(search) ? 'Nothing matches' : 'Nothing yet'}
          action={
            isFiltered(search) && (
              <Button onClick={() => void navigate({ to: '/audit', search: {} })}>Clear the filters</Button>
            )
          }
        >
          {isFiltered(search)
            ? 'Try fewer filters.'
            : 'Sign-ins and changes to settings, people and permissions are recorded here.'}
        </EmptyState>
      ) : (
        <div aria-busy={log.isPlaceholderData} className={log.isPlaceholderData ? 'opacity-60' : ''}>
          <AuditTable rows={rows} showOrganization={me.role === 'platform_admin' && me.acting === 'home'} />
          <p className="py-6 text-center text-sm text-faint">
            {log.hasNextPage ? (
              <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                Load more
              </Button>
            ) : (
              'End of list'
            )}
          </p>
        </div>
      )}
    </Page>
  )
}

/** What the filters find, as a file; the browser saves it while it comes. */
function ExportLinks({ filters }: { filters: ReturnType<typeof toFilters> }) {
  return (
    <div className="flex gap-2">
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line px-3 font-medium text-muted transition-colors hover:bg-hover hover:text-ink"
          href={addressOf(routes.exportAudit, {}, { ...filters, format })}
          download
        >
          <Download size={15} aria-hidden />
          <span className="sr-only">Export as </span>
          {format.toUpperCase()}
        </a>
      ))}
    </div>
  )
}
