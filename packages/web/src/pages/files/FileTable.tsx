import { type FileInfo, type FileLocation, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, FileText, Folder, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { saveAs } from '../../components/save-as.ts'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { formatBytes } from '../../format.ts'

/** The entries of one folder. */
export function FileTable({
  location,
  items,
  canWrite,
}: {
  location: FileLocation
  items: readonly FileInfo[]
  canWrite: boolean
}) {
  const client = useQueryClient()
  const [removing, setRemoving] = useState<FileInfo | null>(null)
  const remove = useMutation({
    mutationFn: ({ path }: FileInfo) => api(routes.deleteFile, { body: { path, location } }),
    onSuccess: async (_, { name }) => {
      await client.invalidateQueries({ queryKey: ['files'] })
      notify.done(`${name} is deleted.`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(null),
  })
  const download = useMutation({
    mutationFn: ({ path }: FileInfo) => api(routes.readFile, { body: { path, location, as_base64: true } }),
    onSuccess: ({ content }, { name }) => {
      saveAs(name, new Blob([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))]))
    },
    onError: notify.failure,
  })
  return (
    <>
      <table className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-xs text-faint">
            <th scope="col" className="py-2 pr-3 font-medium">
              Name
            </th>
            <th scope="col" className="w-24 py-2 pr-3 text-right font-medium">
              Size
            </th>
            <th scope="col" className="w-32 py-2 pl-4 font-medium max-sm:hidden">
              Changed
            </th>
            <th scope="col" className="w-20">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.path} className="border-b border-line transition-colors hover:bg-sunken">
              <td className="py-2 pr-3">
                <span className="flex items-center gap-2">
                  <Name item={item} location={location} />
                </span>
              </td>
              <td className="tabular py-2 pr-3 text-right text-sm text-muted">
                {item.is_directory ? '' : formatBytes(item.size)}
              </td>
              <td className="py-2 pl-4 text-sm text-muted max-sm:hidden">
                <TimeAgo at={item.modified_at} />
              </td>
              <td className="py-1 text-right whitespace-nowrap">
                {!item.is_directory && (
                  <IconButton
                    size="sm"
                    icon={Download}
                    label={`Download ${item.name}`}
                    onClick={() => download.mutate(item)}
                  />
                )}
                {canWrite && (
                  <IconButton
                    size="sm"
                    icon={Trash2}
                    label={`Delete ${item.name}`}
                    onClick={() => setRemoving(item)}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removing && (
        <ConfirmDialog
          title={`Delete ${removing.name}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        >
          {removing.is_directory ? 'Only an empty folder can be deleted.' : 'The file is gone for good.'}
          {location === 'uploads' && ' Runs that were given it can no longer read it.'}
          {location === 'workspace' && ' Workflows that it defines cannot run any more.'}
        </ConfirmDialog>
      )}
    </>
  )
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
