import { useQuery } from '@tanstack/react-query'
import { SquarePen } from 'lucide-react'
import { ButtonLink } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { workflowQueries } from './queries.ts'
import { SourceView } from './SourceView.tsx'

export function SourceTab({ name }: { name: string }) {
  const source = useQuery(workflowQueries.source(name))
  return (
    <QueryView query={source}>
      {({ path, content, line }) => (
        <>
          <div className="mb-2 flex items-center gap-2">
            <p className="min-w-0 flex-1 truncate font-mono text-sm text-muted">
              {path}
              {line !== null && <span className="text-faint">:{line}</span>}
            </p>
            <CopyButton text={content} label="Copy the source" />
            <ButtonLink
              size="sm"
              icon={SquarePen}
              to="/editor"
              search={{ file: path, ...(line === null ? {} : { line }) }}
            >
              Edit
            </ButtonLink>
          </div>
          <SourceView path={path} content={content} line={line} label={`Source of ${path}`} />
        </>
      )}
    </QueryView>
  )
}
