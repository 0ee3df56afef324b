import { routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { PenLine, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { IconButton } from '../../components/Button.tsx'
import { ConfirmDialog } from '../../components/Dialog.tsx'
import { notify } from '../../components/notices.tsx'
import { paths } from '../../paths.ts'
import { dropDraft } from './drafts.ts'
import { PathDialog } from './PathDialog.tsx'

/** Renames or deletes the open file. */
export function FileActions({ path }: { path: string }) {
  const [asking, setAsking] = useState<'rename' | 'delete' | null>(null)
  const client = useQueryClient()
  const navigate = useNavigate()
  const settled = async () => {
    dropDraft(localStorage, path)
    await client.invalidateQueries({ queryKey: queries.fileTree().queryKey })
    await client.invalidateQueries({ queryKey: ['workflows'] })
  }
  const rename = useMutation({
    mutationFn: (to: string) => api(routes.editorRename, { body: { from: path, to } }),
    onSuccess: async (_, to) => {
      await settled()
      await navigate({ href: paths.editor({ file: to }) })
    },
  })
  const remove = useMutation({
    mutationFn: () => api(routes.editorDeleteFile, { query: { path } }),
    onSuccess: async () => {
      notify.done(`${path} is deleted.`)
      await navigate({ href: paths.editor() })
      await settled()
    },
    onError: notify.failure,
    onSettled: () => setAsking(null),
  })
  return (
    <>
      <IconButton size="sm" icon={PenLine} label="Rename or move" onClick={() => setAsking('rename')} />
      <IconButton size="sm" icon={Trash2} label="Delete the file" onClick={() => setAsking('delete')} />
      {asking === 'rename' && (
        <PathDialog
          title="Rename or move"
          confirm="Rename"
          initial={path}
          busy={rename.isPending}
          error={rename.error}
          onSubmit={(to) => rename.mutate(to)}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title={`Delete ${path}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(null)}
        >
          The file is gone for good. Workflows that it defines cannot run any more; their history stays.
        </ConfirmDialog>
      )}
    </>
  )
}
