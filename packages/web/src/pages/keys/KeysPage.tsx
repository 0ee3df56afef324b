import { type ApiKey, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import type { Column } from '../../ui/columns.ts'
import { ListTable } from '../../ui/ListTable.tsx'
import { defineList } from '../../ui/list-search.ts'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, NoAccess } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { CreateKeyDialog } from './CreateKeyDialog.tsx'
import { EndpointKeys } from './EndpointKeys.tsx'
import { keyQueries } from './queries.ts'

const keyList = defineList('keys', {})

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
      ) : (
        <QueryView
          query={keys}
          rows={4}
          empty={
            <EmptyState icon={KeyRound} title="No keys yet" action={createButton}>
              With a key, scripts and other systems run workflows and read results as you.
            </EmptyState>
          }
        >
          {({ items }) => <KeyTable keys={items} />}
        </QueryView>
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
  const list = useListState(keyList)
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
  const columns: readonly Column<ApiKey>[] = [
    {
      id: 'name',
      label: 'Name',
      show: 'always',
      narrow: 'line',
      sortBy: ({ name }) => name,
      cell: (key) => (
        <>
          <span className="block truncate font-medium">{key.name}</span>
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <code className="font-mono text-xs text-faint">{key.prefix}</code>
            {key.kind === 'device' && <Tag title="Created by bifrost login">Device</Tag>}
            {key.permissions && <Tag title={key.permissions.join(', ')}>Limited</Tag>}
          </span>
        </>
      ),
    },
    {
      id: 'created',
      label: 'Created',
      width: 'w-32',
      narrow: 'hidden',
      className: 'text-sm text-muted',
      sortBy: ({ created_at }) => created_at,
      cell: ({ created_at }) => <TimeAgo at={created_at} />,
    },
    {
      id: 'used',
      label: 'Last used',
      width: 'w-32',
      narrow: 'labeled',
      className: 'text-sm text-muted',
      sortBy: ({ last_used_at }) => last_used_at,
      cell: ({ last_used_at }) => (last_used_at ? <TimeAgo at={last_used_at} /> : 'Never'),
    },
    {
      id: 'expires',
      label: 'Expires',
      width: 'w-32',
      narrow: 'hidden',
      className: 'text-sm text-muted',
      sortBy: ({ expires_at }) => expires_at,
      cell: ({ expires_at }) => <Expiry at={expires_at} />,
    },
    {
      id: 'actions',
      label: 'Actions',
      isLabelHidden: true,
      show: 'always',
      width: 'w-20',
      align: 'end',
      narrow: 'end',
      cell: (key) => (
        <Button look="quiet" size="sm" aria-label={`Revoke ${key.name}`} onClick={() => setRevoking(key)}>
          Revoke
        </Button>
      ),
    },
  ]
  return (
    <>
      <ListTable list={list} label="API keys" rows={keys} columns={columns} rowId={({ id }) => id} />
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
