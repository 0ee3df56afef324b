import { type Integration, integrationProblemText, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, FlaskConical, Pencil, PlugZap, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page, PageSkeleton, Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { ErrorState, InlineProblem, NoAccess } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { DefineDialog } from './DefineDialog.tsx'
import { Definition } from './Definition.tsx'
import { Mappings } from './Mappings.tsx'
import { OwnSettings } from './OwnSettings.tsx'
import { integrationQueries } from './queries.ts'
import { StateTag } from './StateTag.tsx'

const route = getRouteApi('/shell/integrations/$id')

export function IntegrationPage() {
  const { id } = route.useParams()
  const may = useMay()
  const allowed = may('integration:read')
  const integration = useQuery({ ...integrationQueries.one(id), enabled: allowed })
  if (!allowed) return <NoAccess what="integrations" />
  return (
    <QueryView
      query={integration}
      pending={<PageSkeleton />}
      failed={(error) => <ErrorState wholePage error={error} onRetry={() => void integration.refetch()} />}
    >
      {(integration) => <Loaded integration={integration} canWrite={may('integration:write')} />}
    </QueryView>
  )
}

function Loaded({ integration, canWrite }: { integration: Integration; canWrite: boolean }) {
  const { problem: code, connected } = route.useSearch()
  const problem = integrationProblemText(code)
  const [editing, setEditing] = useState(false)
  const { name, description, state, used_by } = integration
  return (
    <Page
      title={name}
      heading={
        <>
          <Link
            to="/integrations"
            className="mb-1 inline-flex items-center gap-0.5 text-sm text-muted hover:text-ink"
          >
            <ChevronLeft size={14} aria-hidden /> Integrations
          </Link>
          <h1 className="flex flex-wrap items-center gap-3 text-2xl font-semibold tracking-[-0.015em]">
            {name} <StateTag state={state} />
          </h1>
        </>
      }
      lead={description}
      actions={canWrite && <Actions integration={integration} onEdit={() => setEditing(true)} />}
    >
      <div className="grid grid-cols-1 gap-8">
        {problem ? (
          <InlineProblem>{problem}</InlineProblem>
        ) : integration.problem && state !== 'not_configured' ? (
          <InlineProblem tone={state === 'needs_reconnect' ? 'bad' : 'warn'}>
            {canWrite && state === 'not_connected'
              ? 'Press Connect to sign in at the service and grant access. You return here afterward.'
              : integration.problem}
          </InlineProblem>
        ) : (
          connected &&
          state === 'connected' && (
            <p role="status" className="rounded-md bg-accent-soft px-3 py-2 text-sm text-accent">
              {name} is connected. Runs use it from now on.
            </p>
          )
        )}
        <div className="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <OwnSettings
            // Fresh fields when something else was saved.
            key={JSON.stringify([integration.own, integration.auth])}
            integration={integration}
            canWrite={canWrite}
          />
          <div className="grid grid-cols-1 content-start gap-8">
            <Definition integration={integration} />
            <Section title="Used by">
              {used_by.length === 0 ? (
                <p className="border-t border-line py-3 text-muted">No workflow has used it yet.</p>
              ) : (
                <ul className="divide-y divide-line border-t border-line">
                  {used_by.map(({ workflow, at }) => (
                    <li key={workflow} className="flex items-center gap-3 py-2">
                      <span className="min-w-0 truncate font-medium">{workflow}</span>
                      <TimeAgo at={at} className="ml-auto text-xs whitespace-nowrap text-faint" />
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          </div>
        </div>
        {integration.may_map && <Mappings integration={integration} />}
      </div>
      {editing && (
        <DefineDialog integration={integration} onClose={() => setEditing(false)} onSaved={() => {}} />
      )}
    </Page>
  )
}

function Actions({ integration, onEdit }: { integration: Integration; onEdit: () => void }) {
  const { id, name, auth, state, credentials, is_own } = integration
  const navigate = useNavigate()
  const client = useQueryClient()
  const [removing, setRemoving] = useState(false)
  const connect = useMutation({
    mutationFn: () => api(routes.connectIntegration, { params: { id } }),
    onSuccess: ({ url }) => window.location.assign(url),
    onError: notify.failure,
  })
  const test = useMutation({
    mutationFn: () => api(routes.testIntegration, { params: { id } }),
    onSuccess: async ({ ok, message }) => {
      if (ok) notify.done(message)
      else notify.error(message)
      await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
    },
    onError: notify.failure,
  })
  const remove = useMutation({
    mutationFn: (force: boolean) => api(routes.deleteIntegration, { params: { id }, query: { force } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: integrationQueries.list().queryKey })
      notify.done(`${name} deleted`)
      await navigate({ to: '/integrations' })
    },
  })
  const canConnect = auth === 'oauth' && credentials.length > 0
  return (
    <>
      <Button icon={FlaskConical} busy={test.isPending} onClick={() => test.mutate()}>
        Test
      </Button>
      {canConnect && (
        <Button
          look={state === 'connected' ? 'plain' : 'primary'}
          icon={PlugZap}
          busy={connect.isPending}
          onClick={() => connect.mutate()}
        >
          {state === 'not_connected' ? 'Connect' : 'Connect again'}
        </Button>
      )}
      {is_own && (
        <>
          <Button icon={Pencil} onClick={onEdit}>
            Change
          </Button>
          <Button look="danger" icon={Trash2} onClick={() => setRemoving(true)}>
            Delete
          </Button>
        </>
      )}
      {removing && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          confirm={remove.isError ? 'Delete anyway' : 'Delete'}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(remove.isError)}
          onClose={() => setRemoving(false)}
        >
          {remove.isError ? (
            <InlineProblem>{explain(remove.error).message}</InlineProblem>
          ) : (
            'This also deletes its credentials, including those that other organizations have entered.'
          )}
        </ConfirmDialog>
      )}
    </>
  )
}
