import type { FileLocation } from '@bifrost/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { fileQueries } from './queries.ts'

/** The lines that hold a text, below the folder that is shown. */
export function FoundLines({ location, path, text }: { location: FileLocation; path: string; text: string }) {
  const found = useQuery({ ...fileQueries.search(location, path, text), placeholderData: keepPreviousData })
  return (
    <QueryView
      query={found}
      empty={
        <EmptyState icon={SearchX} title="Not found">
          No text file here contains “{text}”.
        </EmptyState>
      }
    >
      {({ items, truncated }) => (
        <>
          <ul aria-label="Found lines" className="grid gap-px">
            {items.map(({ path: file, line, column, context }) => (
              <li
                key={`${file} ${line} ${column}`}
                className="flex min-w-0 flex-col gap-x-3 rounded-md px-2 py-1 hover:bg-sunken sm:flex-row sm:items-baseline"
              >
                <Place location={location} file={file} line={line} />
                <code className="block min-w-0 truncate sm:flex-1 font-mono text-xs text-muted">
                  {context}
                </code>
              </li>
            ))}
          </ul>
          {truncated && <p className="mt-2 text-sm text-muted">There are more; search for a longer text.</p>}
        </>
      )}
    </QueryView>
  )
}

function Place({ location, file, line }: { location: FileLocation; file: string; line: number }) {
  const text = `${file}:${line}`
  if (location !== 'workspace') return <span className="font-mono text-sm break-all">{text}</span>
  return (
    <Link to="/editor" search={{ file, line }} className="font-mono text-sm break-all hover:text-accent">
      {text}
    </Link>
  )
}
