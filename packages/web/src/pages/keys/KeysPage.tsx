import { type ApiKey, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { CreateKeyDialog } from './CreateKeyDialog.tsx'
import { EndpointKeys } from './EndpointKeys.tsx'
import { keyQueries } from './queries.ts'

export function KeysPage() {
  const may = useMay()
  const allowed = may('key:manage')
  const keys = useQuery({ ...keyQueries.list(), enabled: allowed })
  const [creating, setCreating] = useState(false)
  const createButton = (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      Create a key
    </Button>
  )
  return (
    <Page
      title="API keys"
      lead={
        <>
          A key acts as you, within its permissions. Send it as{' '}
          <code className="font-mono text-sm">Authorization: Bearer …</code>
        </>
      }
      actions={keys.data && keys.data.items.length > 0 && createButton}
    >
      {!allowed ? (
        <NoAccess what="API keys" />
      ) : keys.isPending ? (
        <SkeletonRows rows={4} />
      ) : keys.isError ? (
        <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />
      ) : keys.data.items.length === 0 ? (
        <EmptyState icon={KeyRound} title="No keys yet" action={createButton}>
          With a key, scripts and other systems run workflows and read results as you.
        </EmptyState>
      ) : (
        <KeyTable keys={keys.data.items} />
      )}
      {may('endpoint:read') && (
        <div className="mt-10">
          <EndpointKeys workflow={null} />
        </div>
      )}
      {creating && <CreateKeyDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

function KeyTable({ keys }: { keys: readonly ApiKey[] }) {
  const client = useQueryClient()
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const revoke = useMutation({
    mutationFn: (id: string) => api(routes.deleteKey, { params: { id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keyQueries.list().queryKey })
      notify.done('Key revoked')
    },
    onError: notify.failure,
    onSettled: () => setRevoking(null),
  })
  return (
    <>
      <table className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="py-2 pr-3 font-medium">
              Name
            </th>
            <th scope="col" className="w-32 py-2 pr-3 font-medium max-sm:hidden">
              Created
            </th>
            <th scope="col" className="w-32 py-2 pr-3 font-medium">
              Last used
            </th>
            <th scope="col" className="w-32 py-2 pr-3 font-medium max-sm:hidden">
              Expires
            </th>
            <th scope="col" className="w-20">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id} className="border-b border-line transition-colors hover:bg-sunken">
              <td className="py-2.5 pr-3">
                <span className="block truncate font-medium">{key.name}</span>
                <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                  <code className="font-mono text-xs text-faint">{key.prefix}</code>
                  {key.kind === 'device' && <Tag title="Created by bifrost login">Device</Tag>}
                  {key.permissions && <Tag title={key.permissions.join(', ')}>Limited</Tag>}
                </span>
              </td>
              <td className="py-2.5 pr-3 text-sm text-muted max-sm:hidden">
                <TimeAgo at={key.created_at} />
              </td>
              <td className="py-2.5 pr-3 text-sm text-muted">
                {key.last_used_at ? <TimeAgo at={key.last_used_at} /> : 'Never'}
              </td>
              <td className="py-2.5 pr-3 text-sm text-muted max-sm:hidden">
                <Expiry at={key.expires_at} />
              </td>
              <td className="py-2.5 text-right">
                <Button
                  look="quiet"
                  size="sm"
                  aria-label={`Revoke ${key.name}`}
                  onClick={() => setRevoking(key)}
                >
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          confirm="Revoke"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        >
          Requests with this key are rejected from now on. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  )
}

function Expiry({ at }: { at: string | null }) {
  if (at === null) return 'Never'
  return Date.parse(at) < Date.now() ? <Tag tone="bad">Expired</Tag> : <TimeAgo at={at} />
}
