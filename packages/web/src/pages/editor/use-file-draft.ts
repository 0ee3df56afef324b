import { ApiError, type DroppedWorkflows, type EditorFile, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { notify } from '../../ui/notices.tsx'
import { type Draft, dropDraft, readDraft, writeDraft } from './drafts.ts'
import { droppedWorkflowsOf } from './dropped-workflows.ts'
import { editorQueries } from './queries.ts'
import { useDrafts } from './use-drafts.ts'

interface Save {
  content: string
  /** Of what it is saved on top of; null: there is no file. */
  etag: string | null
  agreed?: { replacements: Record<string, string>; isLossy: boolean }
}

/** The text of one file while it is edited: draft, save, and what to do when another person saved first. */
export function useFileDraft(file: EditorFile, onDraftChange: () => void) {
  const client = useQueryClient()
  const drafts = useDrafts()
  const [kept] = useState(() => readDraft(drafts, file.path))
  const [base, setBase] = useState<Draft>({ content: file.content, etag: kept?.etag ?? file.etag })
  const [text, setText] = useState(kept?.content ?? file.content)
  const [conflict, setConflict] = useState<{ theirs: Draft | null } | null>(null)
  const [dropped, setDropped] = useState<{ workflows: DroppedWorkflows; save: Save } | null>(null)
  const dirty = text !== base.content

  const change = (content: string) => {
    setText(content)
    if (content === base.content) dropDraft(drafts, file.path)
    else writeDraft(drafts, file.path, { content, etag: base.etag })
    onDraftChange()
  }
  const settle = (saved: Draft) => {
    const { content, etag } = saved
    setBase({ content, etag })
    setConflict(null)
    setDropped(null)
    client.setQueryData(editorQueries.file(file.path).queryKey, { ...file, content, etag })
    dropDraft(drafts, file.path)
    onDraftChange()
  }
  const save = useMutation({
    mutationFn: ({ content, etag, agreed }: Save) =>
      api(routes.editorSaveFile, {
        body: {
          path: file.path,
          content,
          ...(etag === null ? {} : { etag }),
          ...(agreed ? { replacements: agreed.replacements, force: agreed.isLossy } : {}),
        },
      }),
    onSuccess: async (saved) => {
      settle(saved)
      notify.done(`${file.path} saved`)
      await client.invalidateQueries({ queryKey: ['workflows'] })
    },
    onError: (error, save) => {
      const stale = error instanceof ApiError && error.code === 'conflict'
      const workflows = droppedWorkflowsOf(error)
      setDropped(workflows && { workflows, save })
      if (workflows) setConflict(null)
      else if (stale) setConflict({ theirs: presentOf(error.details) })
      else notify.failure(error)
    },
  })

  return {
    text,
    dirty,
    restored: kept !== null && text === kept.content && dirty,
    saving: save.isPending,
    conflict,
    change,
    save: () => {
      if (dirty && !save.isPending) save.mutate({ content: text, etag: base.etag })
    },
    /** On top of what another person saved, as it was shown. */
    saveOver: () => save.mutate({ content: text, etag: conflict?.theirs?.etag ?? null }),
    dropped: dropped?.workflows ?? null,
    /** Saves though workflows go, those of `replacements` under another name. */
    saveAgreed: async (replacements: Record<string, string>) => {
      if (!dropped) return
      const isLossy = Object.keys(replacements).length < dropped.workflows.workflows.length
      await save.mutateAsync({ ...dropped.save, agreed: { replacements, isLossy } })
    },
    closeDropped: () => setDropped(null),
    take: (present: Draft) => {
      setText(present.content)
      settle(present)
    },
    closeConflict: () => setConflict(null),
  }
}

function presentOf(details: unknown): Draft | null {
  if (typeof details !== 'object' || details === null || !('etag' in details) || !('content' in details))
    return null
  const { etag, content } = details
  return typeof etag === 'string' && typeof content === 'string' ? { etag, content } : null
}
