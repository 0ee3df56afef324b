import type { EditorFile, WorkflowSummary, WorkspaceProblem } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { Play, Save, Undo2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { InlineProblem, SkeletonRows } from '../../ui/states.tsx'
import { ConflictDialog } from './ConflictDialog.tsx'
import { FileActions } from './FileActions.tsx'
import { LostWorkflowsDialog } from './LostWorkflowsDialog.tsx'
import { useFileDraft } from './use-file-draft.ts'

const CodeEditor = lazy(() => import('./CodeEditor.tsx'))

/** One open file: its text, whether it is saved, what is wrong with it, and what it defines. */
export function FileEditor({
  file,
  line,
  canWrite,
  problems,
  workflows,
  onDraftChange,
}: {
  file: EditorFile
  line: number | undefined
  canWrite: boolean
  problems: readonly WorkspaceProblem[]
  workflows: readonly WorkflowSummary[]
  onDraftChange: () => void
}) {
  const draft = useFileDraft(file, onDraftChange)
  // Counts up when the text is replaced from outside, which the editor must not mistake for typing.
  const [generation, setGeneration] = useState(0)
  const replace = (present: { etag: string; content: string }) => {
    draft.take(present)
    setGeneration(generation + 1)
  }
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex min-h-12 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <h1 className="min-w-0 flex-1 truncate font-mono text-sm font-medium">
          {file.path}
          {draft.dirty && <span className="ml-2 font-sans text-xs font-normal text-warn">unsaved</span>}
          {!canWrite && <span className="ml-2 font-sans text-xs font-normal text-faint">read only</span>}
        </h1>
        {draft.dirty && (
          <Button
            size="sm"
            look="quiet"
            icon={Undo2}
            onClick={() => replace({ etag: file.etag, content: file.content })}
          >
            Discard
          </Button>
        )}
        {canWrite && (
          <>
            <Button
              size="sm"
              look="primary"
              icon={Save}
              busy={draft.saving}
              disabled={!draft.dirty}
              onClick={draft.save}
            >
              Save
            </Button>
            <FileActions path={file.path} />
          </>
        )}
      </header>
      {draft.restored && (
        <p className="border-b border-line bg-warn-soft px-4 py-1.5 text-sm text-warn">
          This file has unsaved changes from an earlier session.
        </p>
      )}
      <div className="min-h-[24rem] flex-1 overflow-hidden">
        <Suspense
          fallback={
            <div className="p-4">
              <SkeletonRows />
            </div>
          }
        >
          <CodeEditor
            key={`${file.path} ${generation} ${line}`}
            path={file.path}
            initial={draft.text}
            line={line}
            readOnly={!canWrite}
            onChange={draft.change}
            onSave={draft.save}
          />
        </Suspense>
      </div>
      {(problems.length > 0 || workflows.length > 0) && (
        <footer className="max-h-48 overflow-y-auto border-t border-line px-4 py-2.5">
          {problems.map((problem) => (
            <InlineProblem key={`${problem.line} ${problem.message}`}>
              {problem.message}
              {problem.line !== null && (
                <Link
                  to="/editor"
                  search={{ file: file.path, line: problem.line }}
                  className="ml-2 font-mono text-xs underline"
                >
                  line {problem.line}
                </Link>
              )}
            </InlineProblem>
          ))}
          {workflows.length > 0 && (
            <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
              Defines
              {workflows.map(({ id, name }) => (
                <Link
                  key={id}
                  to="/workflows/$name"
                  params={{ name }}
                  className="inline-flex items-center gap-1 font-medium text-accent hover:underline"
                >
                  <Play size={12} aria-hidden /> {name}
                </Link>
              ))}
            </p>
          )}
        </footer>
      )}
      {draft.dropped && (
        <LostWorkflowsDialog dropped={draft.dropped} onSave={draft.saveAgreed} onClose={draft.closeDropped} />
      )}
      {draft.conflict && (
        <ConflictDialog
          path={file.path}
          mine={draft.text}
          theirs={draft.conflict.theirs?.content ?? null}
          onKeepMine={draft.saveOver}
          onTakeTheirs={() => {
            if (draft.conflict?.theirs) replace(draft.conflict.theirs)
            else draft.closeConflict()
          }}
          onClose={draft.closeConflict}
        />
      )}
    </div>
  )
}
