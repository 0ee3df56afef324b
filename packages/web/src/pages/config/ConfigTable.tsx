import { type ConfigEntry, type ConfigOwner, type Json, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Lock, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button, IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { Tag } from '../../components/Tag.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { configQueries } from './queries.ts'

/** Values with where they come from, and what they hide. */
export function ConfigTable({
  entries,
  canWrite,
  actsGlobally,
  onEdit,
}: {
  entries: readonly ConfigEntry[]
  canWrite: boolean
  actsGlobally: boolean
  onEdit: (entry: ConfigEntry) => void
}) {
  const client = useQueryClient()
  const [removing, setRemoving] = useState<ConfigEntry | null>(null)
  const remove = useMutation({
    mutationFn: (key: string) => api(routes.deleteConfig, { params: { key } }),
    onSuccess: async (_, key) => {
      await client.invalidateQueries({ queryKey: configQueries.list().queryKey })
      notify.done(`${key} deleted`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(null),
  })
  if (entries.length === 0) return <p className="py-6 text-muted">No matching keys.</p>
  const isOwn = ({ source }: ConfigEntry) => source.kind === (actsGlobally ? 'global' : 'own')
  return (
    <>
      <table className="w-full table-fixed text-left max-sm:block">
        <thead className="max-sm:sr-only">
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="w-[34%] py-2 pr-3 font-medium">
              Key
            </th>
            <th scope="col" className="py-2 pr-3 font-medium">
              Value
            </th>
            <th scope="col" className="w-40 py-2 pr-3 font-medium">
              From
            </th>
            <th scope="col" className="w-24 py-2 pr-3 font-medium max-md:hidden">
              Changed
            </th>
            {canWrite && (
              <th scope="col" className="w-28">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {entries.map((entry) => (
            <tr
              key={`${entry.source.organization?.id}/${entry.key}`}
              className="border-b border-line align-top transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:py-2"
            >
              <td className="py-2 pr-3 font-mono text-sm font-medium break-all max-sm:basis-full max-sm:p-0">
                {entry.key}
              </td>
              <td className="min-w-0 py-2 pr-3 text-sm text-muted max-sm:basis-full max-sm:p-0">
                <Value value={entry.value} isSecret={entry.is_secret} />
                {entry.is_secret && (
                  <span className="ml-2 text-xs text-faint">{readersOf(entry, isOwn(entry))}</span>
                )}
                {entry.overrides.map((hidden) => (
                  <p
                    key={hidden.organization?.id ?? 'global'}
                    className="mt-1 flex min-w-0 items-baseline gap-1.5 text-xs text-faint"
                  >
                    <span className="shrink-0">instead of</span>
                    <span className="min-w-0 truncate line-through">
                      <Value value={hidden.value} isSecret={hidden.is_secret} />
                    </span>
                    <span className="shrink-0">{ownerName(hidden)}</span>
                  </p>
                ))}
              </td>
              <td className="py-2 pr-3 max-sm:p-0">
                <Owner owner={entry.source} />
              </td>
              <td className="py-2 pr-3 text-sm text-muted max-md:hidden">
                <TimeAgo at={entry.updated_at} />
              </td>
              {canWrite && (
                <td className="py-1 text-right whitespace-nowrap max-sm:ml-auto max-sm:p-0">
                  {isOwn(entry) ? (
                    <>
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
                    </>
                  ) : (
                    entry.source.kind !== 'other' && (
                      <Button
                        look="quiet"
                        size="sm"
                        aria-label={`Override ${entry.key}`}
                        onClick={() => onEdit(entry)}
                      >
                        Override
                      </Button>
                    )
                  )}
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
          {removing.overrides[0]
            ? `Workflows that read it get the value from ${ownerName(removing.overrides[0])} again.`
            : 'Workflows that read it get what they inherit, their default, or nothing.'}
          {removing.is_secret && ' The secret can’t be read, so you need your own copy to set it again.'}
        </ConfirmDialog>
      )}
    </>
  )
}

/** Whose code gets the secret in the clear. */
function readersOf({ lend_below, source }: ConfigEntry, isOwn: boolean): string {
  if (lend_below)
    return source.kind === 'global'
      ? 'read by code of every organization'
      : 'read by its code and by organizations below'
  if (isOwn) return source.kind === 'global' ? 'read by global code only' : 'read by its own code only'
  return `not shared: only code of ${source.organization?.name ?? 'the provider'} can read it`
}

const ownerName = ({ organization }: ConfigOwner) => organization?.name ?? 'global'

function Owner({ owner }: { owner: ConfigOwner }) {
  if (owner.kind === 'global')
    return (
      <Tag tone="accent" title="Every organization inherits it">
        Global
      </Tag>
    )
  const titles = { own: 'Set in this organization', parent: 'Inherited', other: undefined }
  return (
    <Tag tone={owner.kind === 'parent' ? 'warn' : 'plain'} title={titles[owner.kind]}>
      {owner.organization?.name}
    </Tag>
  )
}

function Value({ value, isSecret }: { value: Json; isSecret: boolean }) {
  if (isSecret)
    return (
      <Tag icon={Lock} title="Write-only">
        Secret
      </Tag>
    )
  return (
    <span className="block truncate font-mono">
      {typeof value === 'string' ? value : JSON.stringify(value)}
    </span>
  )
}
