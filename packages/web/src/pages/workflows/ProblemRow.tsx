import type { WorkspaceProblem } from '@bifrost/contract'
import { FileWarning } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../ui/Button.tsx'

/** A workspace file that could not be read, with its error and line. */
export function ProblemRow({ problem }: { problem: WorkspaceProblem }) {
  const may = useMay()
  return (
    <li className="flex items-start gap-3 bg-bad-soft/40 px-4 py-3">
      <FileWarning size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-mono text-sm font-medium break-all">
          {problem.path}
          {problem.line !== null && (
            <span className="text-faint">
              :{problem.line}
              {problem.column !== null && `:${problem.column}`}
            </span>
          )}
        </p>
        <p className="text-sm whitespace-pre-wrap text-bad">{problem.message}</p>
      </div>
      {may('file:read') && (
        <ButtonLink
          size="sm"
          to="/editor"
          search={{ file: problem.path, ...(problem.line === null ? {} : { line: problem.line }) }}
          aria-label={`Open ${problem.path}`}
        >
          Open
        </ButtonLink>
      )}
    </li>
  )
}
