import { type PythonPackages, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle, PackageX } from 'lucide-react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { workflowQueries } from './queries.ts'

/** Python packages that are not there yet, or cannot be installed; nothing where all are. */
export function PackagesSection() {
  const may = useMay()
  const query = useQuery({
    ...workflowQueries.packages(),
    enabled: may('file:read'),
    refetchInterval: 4_000,
  })
  return (
    <QueryView query={query} pending={null} isInline>
      {({ items }) => {
        const open = items.filter((one) => one.status !== 'ready')
        if (open.length === 0) return null
        return (
          <Section title="Python packages" className="mb-7">
            <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
              {open.map((packages) => (
                <PackagesRow key={packages.org_id} packages={packages} />
              ))}
            </ul>
          </Section>
        )
      }}
    </QueryView>
  )
}

/** Those of one owner. */
export function PackagesRow({ packages }: { packages: PythonPackages }) {
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => api(routes.retryPythonPackages, { body: {} }),
    onSuccess: (answer) => client.setQueryData(workflowQueries.packages().queryKey, answer),
    onError: notify.failure,
  })
  const whose = packages.org_id === null ? 'Global packages' : 'Packages of the organization'
  const failed = packages.status === 'failed'
  return (
    <li className={`flex items-start gap-3 px-4 py-3 ${failed ? 'bg-bad-soft/40' : ''}`}>
      {failed ? (
        <PackageX size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      ) : (
        <LoaderCircle size={17} className="mt-0.5 shrink-0 animate-spin text-live" aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium">
          {failed ? `${whose} couldn’t be installed` : `${whose} are being installed`}
        </p>
        <p className="font-mono text-xs break-all text-muted">{packages.requirements.join(', ')}</p>
        <p className="text-sm text-muted">
          {failed
            ? 'Runs that need packages fail until this is fixed.'
            : 'Runs that need packages wait for them.'}
        </p>
        {packages.error !== null && (
          <p className="mt-1 text-sm break-words whitespace-pre-wrap text-bad">{packages.error}</p>
        )}
        {packages.log !== '' && (
          <details className="mt-1 text-sm">
            <summary className="cursor-pointer text-muted">Log of the installation</summary>
            <pre className="mt-1 max-h-72 overflow-auto text-xs whitespace-pre-wrap">{packages.log}</pre>
          </details>
        )}
      </div>
      {packages.can_retry && (
        <Button size="sm" busy={retry.isPending} onClick={() => retry.mutate()}>
          Retry
        </Button>
      )}
    </li>
  )
}
