import { type IdentityProvider, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { LogIn, Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { ProviderDialog } from './ProviderDialog.tsx'
import { singleSignOnQueries } from './queries.ts'

/** Identity providers, for administrators of the platform. */
export function SingleSignOnPage() {
  const may = useMay()
  const allowed = may('platform:admin')
  const providers = useQuery({ ...singleSignOnQueries.providers(), enabled: allowed })
  const [editing, setEditing] = useState<IdentityProvider | 'new' | null>(null)
  const addButton = (
    <Button look="primary" icon={Plus} onClick={() => setEditing('new')}>
      Add a provider
    </Button>
  )
  const data = providers.data
  return (
    <Page
      title="Single sign-on"
      lead="People sign in with the identity provider of their organization, by OpenID Connect."
      actions={data && data.items.length > 0 && addButton}
    >
      {!allowed ? (
        <NoAccess what="identity providers" />
      ) : (
        <QueryView query={providers} rows={3}>
          {(data) => (
            <>
              <RedirectAddress address={data.redirect_uri} />
              {data.items.length === 0 ? (
                <EmptyState icon={LogIn} title="No identity provider yet" action={addButton}>
                  Works with Entra ID, Google Workspace, Okta, Keycloak and any other OpenID Connect provider.
                </EmptyState>
              ) : (
                <ul className="border-b border-line">
                  {data.items.map((provider) => (
                    <ProviderRow key={provider.id} provider={provider} onEdit={() => setEditing(provider)} />
                  ))}
                </ul>
              )}
            </>
          )}
        </QueryView>
      )}
      {editing && data && (
        <ProviderDialog
          provider={editing === 'new' ? null : editing}
          organizations={data.organizations}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  )
}

function RedirectAddress({ address }: { address: string }) {
  return (
    <div className="mb-6 max-w-2xl">
      <p className="mb-1 text-sm text-muted">Redirect URL to enter at the identity provider:</p>
      <CopyLine text={address} label="Copy the redirect URL" />
    </div>
  )
}

function ProviderRow({ provider, onEdit }: { provider: IdentityProvider; onEdit: () => void }) {
  const client = useQueryClient()
  const [deleting, setDeleting] = useState(false)
  const check = useMutation({
    mutationFn: () => api(routes.checkIdentityProvider, { params: { id: provider.id } }),
    onSuccess: ({ problem }) =>
      problem === null
        ? notify.done(`${provider.name} answers correctly`)
        : notify.error(`${provider.name}: ${problem}`),
    onError: notify.failure,
  })
  const remove = useMutation({
    mutationFn: () => api(routes.deleteIdentityProvider, { params: { id: provider.id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: singleSignOnQueries.providers().queryKey })
      notify.done('Provider deleted')
    },
    onError: notify.failure,
    onSettled: () => setDeleting(false),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-2 font-medium">
          {provider.name}
          {!provider.is_active && <Tag tone="warn">Off</Tag>}
          {!provider.is_listed && (
            <Tag title="Offered after an email address of its domains is entered">Not listed</Tag>
          )}
        </div>
        <p className="text-sm text-muted">
          {provider.organization_name}: {provider.domains.join(', ')}
        </p>
        <p className="truncate font-mono text-xs text-faint">{provider.issuer}</p>
      </div>
      <div className="flex gap-2">
        <Button
          size="sm"
          busy={check.isPending}
          aria-label={`Check ${provider.name}`}
          onClick={() => check.mutate()}
        >
          Check
        </Button>
        <Button size="sm" look="quiet" aria-label={`Edit ${provider.name}`} onClick={onEdit}>
          Edit
        </Button>
        <Button
          size="sm"
          look="quiet"
          aria-label={`Delete ${provider.name}`}
          onClick={() => setDeleting(true)}
        >
          Delete
        </Button>
      </div>
      {deleting && (
        <ConfirmDialog
          title={`Delete ${provider.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setDeleting(false)}
        >
          Its people keep their accounts, but can no longer sign in with it. Anyone without a password needs a
          link from an administrator.
        </ConfirmDialog>
      )}
    </li>
  )
}
