import { ApiError, type EditorFile, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { notify } from '../../components/notices.tsx'
import { type Draft, dropDraft, readDraft, writeDraft } from './drafts.ts'

/** The text of one file while it is edited: draft, save, and what to do when somebody else was faster. */
export function useFileDraft(file: EditorFile, onDraftChange: () => void) {
  const client = useQueryClient()
  const [kept] = useState(() => readDraft(localStorage, file.path))
  const [base, setBase] = useState<Draft>({ content: file.content, etag: kept?.etag ?? file.etag })
  const [text, setText] = useState(kept?.content ?? file.content)
  const [conflict, setConflict] = useState<{ theirs: Draft | null } | null>(null)
  const dirty = text !== base.content

  const change = (content: string) => {
    setText(content)
    if (content === base.content) dropDraft(localStorage, file.path)
    else writeDraft(localStorage, file.path, { content, etag: base.etag })
    onDraftChange()
  }
  const settle = (saved: Draft) => {
    const { content, etag } = saved
    setBase({ content, etag })
    setConflict(null)
    client.setQueryData(queries.file(file.path).queryKey, { ...file, content, etag })
    dropDraft(localStorage, file.path)
    onDraftChange()
  }
  const save = useMutation({
    mutationFn: ({ content, force }: { content: string; force: boolean }) =>
      api(routes.editorSaveFile, {
        body: {
          path: file.path,
          content,
          etag: base.etag,
          ...(force ? { force } : {}),
        },
      }),
    onSuccess: async (saved) => {
      settle(saved)
      notify.done(`${file.path} is saved.`)
      await client.invalidateQueries({ queryKey: ['workflows'] })
    },
    onError: (error) => {
      const stale = error instanceof ApiError && error.code === 'conflict'
      if (stale) setConflict({ theirs: presentOf(error.details) })
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
      if (dirty && !save.isPending) save.mutate({ content: text, force: false })
    },
    saveOver: () => save.mutate({ content: text, force: true }),
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
