import { type FileInfo, type FileLocation, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, FileText, Folder, Link2, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { addressOf } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { formatBytes } from '../../format.ts'
import { IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import type { Column } from '../../ui/columns.ts'
import { notify } from '../../ui/notices.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { droppedWorkflowsOf } from '../editor/dropped-workflows.ts'
import { ShareDialog } from './ShareDialog.tsx'

/** The columns of a folder, and what its rows can be asked for. */
export function useFileColumns(
  location: FileLocation,
  canWrite: boolean,
): { columns: readonly Column<FileInfo>[]; dialogs: ReactNode } {
  const client = useQueryClient()
  const [removing, setRemoving] = useState<FileInfo | null>(null)
  const [sharing, setSharing] = useState<FileInfo | null>(null)
  const [lost, setLost] = useState<string | null>(null)
  const close = () => {
    setRemoving(null)
    setLost(null)
  }
  const remove = useMutation({
    mutationFn: ({ path }: FileInfo) =>
      api(routes.deleteFile, { body: { path, location, ...(lost ? { force: true } : {}) } }),
    onSuccess: async (_, { name }) => {
      await client.invalidateQueries({ queryKey: ['files'] })
      close()
      notify.done(`${name} deleted`)
    },
    onError: (error) => {
      // Asked once more, with what would be lost.
      const dropped = droppedWorkflowsOf(error)
      if (dropped) return setLost(dropped.workflows.map(({ name }) => name).join(', '))
      close()
      notify.failure(error)
    },
  })
  const columns: readonly Column<FileInfo>[] = [
    {
      id: 'name',
      label: 'Name',
      show: 'always',
      narrow: 'rest',
      sortBy: ({ name }) => name,
      cell: (item) => (
        <span className="flex items-center gap-2">
          <Name item={item} location={location} />
        </span>
      ),
    },
    {
      id: 'size',
      label: 'Size',
      width: 'w-24',
      align: 'end',
      className: 'tabular text-sm text-muted max-sm:empty:hidden',
      sortBy: ({ is_directory, size }) => (is_directory ? null : size),
      cell: ({ is_directory, size }) => (is_directory ? false : formatBytes(size)),
    },
    {
      id: 'changed',
      label: 'Changed',
      width: 'w-32 pl-4',
      narrow: 'hidden',
      className: 'text-sm text-muted sm:pl-4',
      sortBy: ({ modified_at }) => modified_at,
      cell: ({ modified_at }) => <TimeAgo at={modified_at} />,
    },
    {
      id: 'actions',
      label: 'Actions',
      isLabelHidden: true,
      show: 'always',
      width: 'w-28',
      align: 'end',
      narrow: 'end',
      className: 'whitespace-nowrap',
      cell: (item) => (
        <>
          {!item.is_directory && (
            <>
              <a
                href={addressOf(routes.downloadFile, {}, { path: item.path, location })}
                download={item.name}
                aria-label={`Download ${item.name}`}
                title={`Download ${item.name}`}
                className="inline-flex size-7 items-center justify-center rounded-md align-middle text-muted transition-colors hover:bg-hover hover:text-ink"
              >
                <Download size={16} aria-hidden />
              </a>
              <IconButton
                size="sm"
                icon={Link2}
                label={`Share ${item.name}`}
                onClick={() => setSharing(item)}
              />
            </>
          )}
          {canWrite && (
            <IconButton
              size="sm"
              icon={Trash2}
              label={`Delete ${item.name}`}
              onClick={() => setRemoving(item)}
            />
          )}
        </>
      ),
    },
  ]
  const dialogs = (
    <>
      {sharing && <ShareDialog location={location} item={sharing} onClose={() => setSharing(null)} />}
      {removing && (
        <ConfirmDialog
          title={`Delete ${removing.name}?`}
          confirm={lost ? 'Delete anyway' : 'Delete'}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing)}
          onClose={close}
        >
          {removing.is_directory
            ? 'Only an empty folder can be deleted.'
            : 'This permanently deletes the file.'}
          {location === 'uploads' && ' Runs that received it can no longer read it.'}
          {lost &&
            ` This also removes these workflows: ${lost}. Their forms, schedules and keys stop working.`}
        </ConfirmDialog>
      )}
    </>
  )
  return { columns, dialogs }
}

/** A folder opens here; a text file of the workspace opens in the editor. */
function Name({ item, location }: { item: FileInfo; location: FileLocation }) {
  const Icon = item.is_directory ? Folder : FileText
  const style = 'truncate font-medium hover:text-accent'
  return (
    <>
      <Icon size={15} aria-hidden className="shrink-0 text-faint" />
      {item.is_directory ? (
        <Link to="/files" search={{ in: location, path: item.path }} className={style}>
          {item.name}
        </Link>
      ) : location === 'workspace' ? (
        <Link to="/editor" search={{ file: item.path }} className={style}>
          {item.name}
        </Link>
      ) : (
        <span className="truncate font-medium">{item.name}</span>
      )}
    </>
  )
}
