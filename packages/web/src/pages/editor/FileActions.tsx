import { type DroppedWorkflows, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { PenLine, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { paths } from '../../paths.ts'
import { IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { dropDraft } from './drafts.ts'
import { droppedWorkflowsOf } from './dropped-workflows.ts'
import { PathDialog } from './PathDialog.tsx'
import { editorQueries } from './queries.ts'
import { useDrafts } from './use-drafts.ts'

const namesOf = ({ workflows }: DroppedWorkflows) => workflows.map(({ name }) => name).join(', ')

/** Renames or deletes the open file. */
export function FileActions({ path }: { path: string }) {
  const [asking, setAsking] = useState<'rename' | 'delete' | null>(null)
  /** What goes with the file, once the server has said so. */
  const [lost, setLost] = useState<{ to: string | null; names: string } | null>(null)
  const close = () => {
    setAsking(null)
    setLost(null)
  }
  const client = useQueryClient()
  const drafts = useDrafts()
  const navigate = useNavigate()
  const settled = async () => {
    dropDraft(drafts, path)
    await client.invalidateQueries({ queryKey: editorQueries.tree().queryKey })
    await client.invalidateQueries({ queryKey: ['workflows'] })
  }
  const remove = useMutation({
    mutationFn: () => api(routes.editorDeleteFile, { query: { path, ...(lost ? { force: true } : {}) } }),
    onSuccess: async () => {
      notify.done(`${path} deleted`)
      close()
      await navigate({ href: paths.editor() })
      await settled()
    },
    onError: (error) => {
      // Asked once more, with what would be lost.
      const dropped = droppedWorkflowsOf(error)
      if (dropped) return setLost({ to: null, names: namesOf(dropped) })
      close()
      notify.failure(error)
    },
  })
  return (
    <>
      <IconButton size="sm" icon={PenLine} label="Rename or move" onClick={() => setAsking('rename')} />
      <IconButton size="sm" icon={Trash2} label="Delete the file" onClick={() => setAsking('delete')} />
      {asking === 'rename' && (
        <PathDialog
          title="Rename or move"
          confirm={lost ? 'Rename anyway' : 'Rename'}
          initial={path}
          save={(to) =>
            api(routes.editorRename, {
              body: { from: path, to, ...(lost?.to === to ? { force: true } : {}) },
            }).catch((error: unknown) => {
              const dropped = droppedWorkflowsOf(error)
              setLost(dropped && { to, names: namesOf(dropped) })
              throw error
            })
          }
          onSaved={async (_, to) => {
            await settled()
            await navigate({ href: paths.editor({ file: to }) })
          }}
          onClose={close}
        />
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title={`Delete ${path}?`}
          confirm={lost ? 'Delete anyway' : 'Delete'}
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          {lost
            ? `This also removes these workflows: ${lost.names}. Their forms, schedules and keys stop working; the history stays.`
            : 'This permanently deletes the file.'}
        </ConfirmDialog>
      )}
    </>
  )
}
