import { type EndpointKey, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { CreateEndpointKeyDialog } from './CreateEndpointKeyDialog.tsx'
import { keyQueries } from './queries.ts'

/** The keys that call endpoints: those of one workflow, or all of the organization. */
export function EndpointKeys({ workflow }: { workflow: string | null }) {
  const may = useMay()
  const client = useQueryClient()
  const keys = useQuery(keyQueries.endpointKeys(workflow ?? undefined))
  const [creating, setCreating] = useState(false)
  const [revoking, setRevoking] = useState<EndpointKey | null>(null)
  const revoke = useMutation({
    mutationFn: (id: string) => api(routes.deleteEndpointKey, { params: { id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keyQueries.endpointKeys().queryKey.slice(0, 1) })
      notify.done('Key revoked')
    },
    onError: notify.failure,
    onSettled: () => setRevoking(null),
  })
  return (
    <Section
      title={workflow === null ? 'Endpoint keys' : 'Keys of this endpoint'}
      aside={
        may('endpoint:write') && (
          <Button size="sm" icon={Plus} onClick={() => setCreating(true)}>
            {workflow === null ? 'Create a global key' : 'Create a key'}
          </Button>
        )
      }
    >
      <QueryView
        query={keys}
        pending={<Skeleton className="h-16" />}
        empty={
          <p className="text-sm text-muted">
            {workflow === null
              ? 'No keys yet. A global key can call every endpoint of the organization that accepts global keys.'
              : 'No keys for this endpoint yet. Global keys are on the API keys page.'}
          </p>
        }
      >
        {(data) => (
          <ul className="grid gap-2">
            {data.items.map((key) => (
              <li
                key={key.id}
                className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-md border border-line px-3 py-2.5"
              >
                <span className="min-w-0 flex-1 max-sm:basis-full">
                  <span className="block truncate font-medium">{key.name}</span>
                  <code className="font-mono text-xs text-faint">{key.prefix}</code>
                </span>
                {workflow === null && (
                  <Tag>{key.workflow ? (key.workflow.name ?? 'gone') : 'every endpoint'}</Tag>
                )}
                <span className="text-sm text-muted">{key.calls_per_minute} calls a minute</span>
                <span className="text-sm text-muted">
                  {key.last_used_at ? (
                    <>
                      used <TimeAgo at={key.last_used_at} />
                    </>
                  ) : (
                    'never used'
                  )}
                </span>
                <KeyExpiry at={key.expires_at} />
                {may('endpoint:write') && (
                  <Button
                    look="quiet"
                    size="sm"
                    aria-label={`Revoke ${key.name}`}
                    onClick={() => setRevoking(key)}
                  >
                    Revoke
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {creating && <CreateEndpointKeyDialog workflow={workflow} onClose={() => setCreating(false)} />}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          confirm="Revoke"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        >
          Calls with this key are rejected from now on. This cannot be undone.
        </ConfirmDialog>
      )}
    </Section>
  )
}

function KeyExpiry({ at }: { at: string | null }) {
  if (at === null) return null
  if (Date.parse(at) < Date.now()) return <Tag tone="bad">Expired</Tag>
  return (
    <span className="text-sm text-muted">
      expires <TimeAgo at={at} />
    </span>
  )
}
