import { type IntegrationSummary, integrationProblemText } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Plug, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../ui/Button.tsx'
import type { Column } from '../../ui/columns.ts'
import { SearchFilter } from '../../ui/filters.tsx'
import { hasText, ListTable } from '../../ui/ListTable.tsx'
import { defineList, text } from '../../ui/list-search.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, InlineProblem, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { DefineDialog } from './DefineDialog.tsx'
import { authWords } from './integration-words.ts'
import { PrivateAddresses } from './PrivateAddresses.tsx'
import { integrationQueries } from './queries.ts'
import { StateTag } from './StateTag.tsx'

const route = getRouteApi('/shell/integrations')
const integrationList = defineList('integrations', { q: text })

export function IntegrationsPage() {
  const may = useMay()
  const navigate = useNavigate()
  const problem = integrationProblemText(route.useSearch().problem)
  const allowed = may('integration:read')
  const canWrite = may('integration:write')
  const integrations = useQuery({ ...integrationQueries.list(), enabled: allowed })
  const [defining, setDefining] = useState(false)
  const list = useListState(integrationList)
  const items = integrations.data?.items ?? []
  const shown = items.filter(({ name, description }) => hasText(list.filter.q, name, description))
  const defineButton = (
    <Button look="primary" icon={Plus} onClick={() => setDefining(true)}>
      Create an integration
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
      ) : (
        <QueryView
          query={integrations}
          rows={4}
          empty={
            <EmptyState icon={Plug} title="No integrations yet" action={canWrite && defineButton}>
              Define a service’s address and authentication once. Workflows then call it by name, with the
              credentials of the organization that they run for.
            </EmptyState>
          }
        >
          {() => (
            <ListTable
              list={list}
              filters={
                <SearchFilter list={list} name="q" label="Search integrations" className="w-full sm:w-72" />
              }
              noMatch="No matching integrations."
              label="Integrations"
              rows={shown}
              columns={columns}
              rowId={({ id }) => id}
              href={({ id }) => paths.integration(id)}
            />
          )}
        </QueryView>
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

const columns: readonly Column<IntegrationSummary>[] = [
  {
    id: 'integration',
    label: 'Integration',
    show: 'always',
    narrow: 'line',
    sortBy: ({ name }) => name,
    cell: ({ id, name, description, state, problem, org_id }) => (
      <>
        <span className="flex flex-wrap items-center gap-2">
          <Link
            data-row-link
            to="/integrations/$id"
            params={{ id }}
            className="min-w-0 truncate font-medium hover:text-accent"
          >
            {name}
          </Link>
          {org_id === null && <Tag title="Available to every organization">Global</Tag>}
        </span>
        {description && <span className="mt-0.5 line-clamp-1 text-sm text-muted">{description}</span>}
        {state === 'needs_reconnect' && problem && (
          <span className="mt-1 block text-sm text-bad">{problem}</span>
        )}
      </>
    ),
  },
  {
    id: 'account',
    label: 'Account',
    width: 'w-[18%]',
    narrow: 'labeled',
    className: 'truncate text-sm text-muted',
    sortBy: ({ entity_name, entity_id }) => entity_name ?? entity_id,
    cell: ({ entity_name, entity_id }) => entity_name ?? entity_id,
  },
  {
    id: 'authentication',
    label: 'Authentication',
    width: 'w-[18%]',
    narrow: 'hidden',
    className: 'truncate text-sm text-muted',
    sortBy: ({ auth }) => (auth === 'none' ? null : authWords[auth]),
    cell: ({ auth }) => (auth === 'none' ? null : authWords[auth]),
  },
  {
    id: 'state',
    label: 'State',
    width: 'w-36',
    narrow: 'end',
    sortBy: ({ state }) => state,
    cell: ({ state }) => <StateTag state={state} />,
  },
]
