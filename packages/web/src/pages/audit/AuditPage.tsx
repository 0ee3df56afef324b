import { routes } from '@bifrost/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, ScrollText } from 'lucide-react'
import { addressOf } from '../../app/acting.ts'
import { useMay, useMe } from '../../app/session.ts'
import { EmptyList } from '../../ui/EmptyList.tsx'
import { Page } from '../../ui/Page.tsx'
import { PagedView, useItems } from '../../ui/PagedView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { AuditFilters } from './AuditFilters.tsx'
import { AuditTable, auditColumns } from './AuditTable.tsx'
import { auditList, toFilters } from './audit-search.ts'
import { auditQueries } from './queries.ts'

export function AuditPage() {
  const may = useMay()
  const me = useMe()
  const allowed = may('audit:read')
  const list = useListState(auditList)
  const filters = toFilters(list.filter)
  const log = useInfiniteQuery({ ...auditQueries.list(filters), enabled: allowed })
  const rows = useItems(log)
  const columns = auditColumns(me.role === 'platform_admin' && me.acting === 'home')
  return (
    <Page
      title="Audit"
      lead="Who changed what, and who signed in or tried to."
      actions={allowed && rows.length > 0 && <ExportLinks filters={filters} />}
    >
      {!allowed ? (
        <NoAccess what="the audit log" />
      ) : (
        <>
          <AuditFilters list={list} columns={columns} />
          <PagedView
            query={log}
            rows={10}
            empty={
              <EmptyList list={list} icon={ScrollText} noMatch="Nothing matches">
                <EmptyState icon={ScrollText} title="Nothing yet">
                  Sign-ins and changes to settings, people and permissions are recorded here.
                </EmptyState>
              </EmptyList>
            }
          >
            {(rows) => <AuditTable list={list} rows={rows} columns={columns} />}
          </PagedView>
        </>
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
