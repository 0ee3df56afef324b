import { type ConfigEntry, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Lock, Plus, SlidersHorizontal, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { useMay } from '../../app/session.ts'
import { Button, IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { Page } from '../../components/Page.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NoAccess, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { ConfigDialog } from './ConfigDialog.tsx'

export function ConfigPage() {
  const may = useMay()
  const allowed = may('config:read')
  const config = useQuery({ ...queries.config(), enabled: allowed })
  const [editing, setEditing] = useState<ConfigEntry | 'new' | null>(null)
  const [search, setSearch] = useState('')
  const canWrite = may('config:write')
  const entries = config.data?.items ?? []
  const shown = entries.filter(({ key }) => key.toLowerCase().includes(search.toLowerCase()))
  const setButton = (
    <Button look="primary" icon={Plus} onClick={() => setEditing('new')}>
      Set a value
    </Button>
  )
  return (
    <Page
      title="Config"
      lead={
        <>
          Values that workflows read with <code className="font-mono text-sm">config.get(key)</code>. Secrets
          are stored encrypted and never shown again.
        </>
      }
      actions={canWrite && entries.length > 0 && setButton}
    >
      {!allowed ? (
        <NoAccess what="configuration" />
      ) : config.isPending ? (
        <SkeletonRows />
      ) : config.isError ? (
        <ErrorState error={config.error} onRetry={() => void config.refetch()} />
      ) : entries.length === 0 ? (
        <EmptyState icon={SlidersHorizontal} title="No values yet" action={canWrite && setButton}>
          Keep addresses, limits and secrets here instead of in code; each organisation has its own.
        </EmptyState>
      ) : (
        <>
          <SearchInput label="Search keys" value={search} onChange={setSearch} className="mb-3 sm:w-72" />
          <ConfigTable entries={shown} canWrite={canWrite} onEdit={setEditing} />
        </>
      )}
      {editing && (
        <ConfigDialog entry={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
    </Page>
  )
}

function ConfigTable({
  entries,
  canWrite,
  onEdit,
}: {
  entries: readonly ConfigEntry[]
  canWrite: boolean
  onEdit: (entry: ConfigEntry) => void
}) {
  const client = useQueryClient()
  const [removing, setRemoving] = useState<ConfigEntry | null>(null)
  const remove = useMutation({
    mutationFn: (key: string) => api(routes.deleteConfig, { params: { key } }),
    onSuccess: async (_, key) => {
      await client.invalidateQueries({ queryKey: queries.config().queryKey })
      notify.done(`${key} is deleted.`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(null),
  })
  if (entries.length === 0) return <p className="py-6 text-muted">No key has this text.</p>
  return (
    <>
      <table className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="w-2/5 py-2 pr-3 font-medium">
              Key
            </th>
            <th scope="col" className="py-2 pr-3 font-medium">
              Value
            </th>
            <th scope="col" className="w-28 py-2 pr-3 font-medium max-sm:hidden">
              Changed
            </th>
            {canWrite && (
              <th scope="col" className="w-24">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr
              key={`${entry.source.organization?.id}/${entry.key}`}
              className="border-b border-line transition-colors hover:bg-sunken"
            >
              <td className="py-2 pr-3 font-mono text-sm font-medium break-all">{entry.key}</td>
              <td className="truncate py-2 pr-3 font-mono text-sm text-muted">
                {entry.is_secret ? (
                  <Tag icon={Lock} title="Write-only">
                    Secret
                  </Tag>
                ) : (
                  valueText(entry)
                )}
              </td>
              <td className="py-2 pr-3 text-sm text-muted max-sm:hidden">
                <TimeAgo at={entry.updated_at} />
              </td>
              {canWrite && (
                <td className="py-1 text-right whitespace-nowrap">
                  <Button
                    look="quiet"
                    size="sm"
                    aria-label={`Edit ${entry.key}`}
                    onClick={() => onEdit(entry)}
                  >
                    Edit
                  </Button>
                  <IconButton
                    size="sm"
                    icon={Trash2}
                    label={`Delete ${entry.key}`}
                    className="align-middle"
                    onClick={() => setRemoving(entry)}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {removing && (
        <ConfirmDialog
          title={`Delete ${removing.key}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing.key)}
          onClose={() => setRemoving(null)}
        >
          Workflows that read it get their default, or nothing.
          {removing.is_secret && ' Nobody can read the secret to set it again.'}
        </ConfirmDialog>
      )}
    </>
  )
}

const valueText = ({ value }: ConfigEntry) => (typeof value === 'string' ? value : JSON.stringify(value))
