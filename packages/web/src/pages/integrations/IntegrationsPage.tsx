import { type IntegrationSummary, integrationProblemText } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Plug, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, InlineProblem, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { DefineDialog } from './DefineDialog.tsx'
import { authWords } from './integration-words.ts'
import { PrivateAddresses } from './PrivateAddresses.tsx'
import { integrationQueries } from './queries.ts'
import { StateTag } from './StateTag.tsx'

const route = getRouteApi('/shell/integrations')

export function IntegrationsPage() {
  const may = useMay()
  const navigate = useNavigate()
  const problem = integrationProblemText(route.useSearch().problem)
  const allowed = may('integration:read')
  const canWrite = may('integration:write')
  const list = useQuery({ ...integrationQueries.list(), enabled: allowed })
  const [defining, setDefining] = useState(false)
  const [search, setSearch] = useState('')
  const items = list.data?.items ?? []
  const words = search.toLowerCase()
  const shown = items.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(words),
  )
  const defineButton = (
    <Button look="primary" icon={Plus} onClick={() => setDefining(true)}>
      Define an integration
    </Button>
  )
  return (
    <Page
      title="Integrations"
      lead="Other services that workflows use, each with the credentials of your organization."
      actions={canWrite && items.length > 0 && defineButton}
    >
      {problem && (
        <div className="mb-4">
          <InlineProblem>{problem}</InlineProblem>
        </div>
      )}
      {!allowed ? (
        <NoAccess what="integrations" />
      ) : list.isPending ? (
        <SkeletonRows rows={4} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={Plug} title="No integrations yet" action={canWrite && defineButton}>
          Define once where a service is and how to sign in. Workflows then call it by name, with the
          credentials of the organization that they run for.
        </EmptyState>
      ) : (
        <>
          <SearchInput
            label="Search integrations"
            value={search}
            onChange={setSearch}
            className="mb-3 sm:w-72"
          />
          {shown.length === 0 ? (
            <p className="py-6 text-muted">No matching integrations.</p>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {shown.map((integration) => (
                <Row key={integration.id} integration={integration} />
              ))}
            </ul>
          )}
        </>
      )}
      {allowed && <PrivateAddresses />}
      {defining && (
        <DefineDialog
          integration={null}
          onClose={() => setDefining(false)}
          onSaved={(id) => void navigate({ to: '/integrations/$id', params: { id } })}
        />
      )}
    </Page>
  )
}

function Row({ integration }: { integration: IntegrationSummary }) {
  const { id, name, description, state, problem, auth, org_id, entity_name, entity_id } = integration
  const entity = entity_name ?? entity_id
  return (
    <li className="group relative px-1 py-3 transition-colors hover:bg-sunken">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link
          to="/integrations/$id"
          params={{ id }}
          className="min-w-0 truncate font-medium after:absolute after:inset-0 group-hover:text-accent"
        >
          {name}
        </Link>
        {org_id === null && <Tag title="Available to every organization">Global</Tag>}
        <span className="ml-auto flex items-center gap-3">
          <span className="text-sm text-muted max-sm:hidden">{auth === 'none' ? '' : authWords[auth]}</span>
          <StateTag state={state} />
        </span>
      </div>
      {(description || entity) && (
        <p className="mt-0.5 line-clamp-1 text-sm text-muted">
          {description}
          {description && entity && ' · '}
          {entity && `as ${entity}`}
        </p>
      )}
      {state === 'needs_reconnect' && problem && <p className="mt-1 text-sm text-bad">{problem}</p>}
    </li>
  )
}
