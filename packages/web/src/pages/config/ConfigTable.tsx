import { type ConfigEntry, type ConfigOwner, type Json, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Lock, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import type { Column } from '../../ui/columns.ts'
import { ListTable } from '../../ui/ListTable.tsx'
import { notify } from '../../ui/notices.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import type { AnyListState } from '../../ui/use-list-state.ts'
import { configQueries } from './queries.ts'

/** Values with where they come from, and what they hide. */
export function ConfigTable({
  list,
  filters,
  entries,
  canWrite,
  actsGlobally,
  onEdit,
}: {
  list: AnyListState
  filters: ReactNode
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
  const isOwn = ({ source }: ConfigEntry) => source.kind === (actsGlobally ? 'global' : 'own')
  const columns: readonly Column<ConfigEntry>[] = [
    {
      id: 'key',
      label: 'Key',
      show: 'always',
      width: 'w-[34%]',
      narrow: 'line',
      className: 'font-mono text-sm font-medium break-all',
      sortBy: ({ key }) => key,
      cell: ({ key }) => key,
    },
    {
      id: 'value',
      label: 'Value',
      narrow: 'line',
      className: 'min-w-0 text-sm text-muted',
      cell: (entry) => (
        <>
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
        </>
      ),
    },
    {
      id: 'from',
      label: 'From',
      width: 'w-40',
      sortBy: ({ source }) => ownerName(source),
      cell: ({ source }) => <Owner owner={source} />,
    },
    {
      id: 'changed',
      label: 'Changed',
      width: 'w-24',
      narrow: 'hidden',
      className: 'text-sm text-muted',
      sortBy: ({ updated_at }) => updated_at,
      cell: ({ updated_at }) => <TimeAgo at={updated_at} />,
    },
    ...(canWrite
      ? [
          {
            id: 'actions',
            label: 'Actions',
            isLabelHidden: true,
            show: 'always',
            width: 'w-28',
            align: 'end',
            narrow: 'end',
            className: 'whitespace-nowrap',
            cell: (entry) => (
              <EntryActions entry={entry} isOwn={isOwn(entry)} onEdit={onEdit} onRemove={setRemoving} />
            ),
          } satisfies Column<ConfigEntry>,
        ]
      : []),
  ]
  return (
    <>
      <ListTable
        list={list}
        filters={filters}
        noMatch="No matching keys."
        label="Values"
        rows={entries}
        columns={columns}
        rowId={(entry) => `${entry.source.organization?.id}/${entry.key}`}
      />
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
            : 'Workflows that read it get an inherited value, their default, or no value.'}
          {removing.is_secret && ' The secret can’t be read, so you need your own copy to set it again.'}
        </ConfirmDialog>
      )}
    </>
  )
}

function EntryActions({
  entry,
  isOwn,
  onEdit,
  onRemove,
}: {
  entry: ConfigEntry
  isOwn: boolean
  onEdit: (entry: ConfigEntry) => void
  onRemove: (entry: ConfigEntry) => void
}) {
  if (!isOwn)
    return (
      entry.source.kind !== 'other' && (
        <Button look="quiet" size="sm" aria-label={`Override ${entry.key}`} onClick={() => onEdit(entry)}>
          Override
        </Button>
      )
    )
  return (
    <>
      <Button look="quiet" size="sm" aria-label={`Edit ${entry.key}`} onClick={() => onEdit(entry)}>
        Edit
      </Button>
      <IconButton
        size="sm"
        icon={Trash2}
        label={`Delete ${entry.key}`}
        className="align-middle"
        onClick={() => onRemove(entry)}
      />
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
