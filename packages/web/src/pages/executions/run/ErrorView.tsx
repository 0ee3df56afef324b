import type { ExecutionError } from '@bifrost/contract'
import { ChevronRight } from 'lucide-react'
import { useMay } from '../../../app/session.ts'
import { ButtonLink } from '../../../ui/Button.tsx'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { ScrollRegion } from '../../../ui/ScrollRegion.tsx'
import { Tag } from '../../../ui/Tag.tsx'

const codes: Record<string, string> = {
  timeout: 'It reached its timeout',
  cancelled: 'It was cancelled',
  killed: 'The platform stopped its process',
  worker_lost: 'The server was stopped or lost during the run',
  load_failed: 'Couldn’t load its code',
  result_invalid: 'Its result is not JSON',
}

/** What went wrong, where in the author's file, and the stack for those who may see it. */
export function ErrorView({ error }: { error: ExecutionError }) {
  const { type, message, code, source, stack } = error
  const may = useMay()
  return (
    <div className="grid gap-4">
      <div className="rounded-lg border border-line bg-bad-soft/50 p-4">
        <div className="mb-1 flex flex-wrap items-center gap-2">
          <span className="font-mono text-sm font-semibold text-bad">{type}</span>
          {code && codes[code] && <Tag tone="bad">{codes[code]}</Tag>}
          <span className="ml-auto -my-1">
            <CopyButton text={stack ?? `${type}: ${message}`} label="Copy the error" />
          </span>
        </div>
        <p className="text-lg whitespace-pre-wrap [overflow-wrap:anywhere]">{message}</p>
      </div>
      {source && (
        <div className="overflow-hidden rounded-lg border border-line">
          <div className="flex items-center border-b border-line py-1 pr-2 pl-4">
            <p className="min-w-0 flex-1 font-mono text-sm break-all text-muted">
              {source.path}
              <span className="text-faint">
                :{source.line}:{source.column}
              </span>
            </p>
            {may('file:read') && (
              <ButtonLink
                look="quiet"
                size="sm"
                to="/editor"
                search={{ file: source.path, line: source.line }}
              >
                Open
              </ButtonLink>
            )}
          </div>
          {source.text === null ? (
            <p className="bg-sunken px-4 py-2.5 text-sm text-muted">
              The code that ran is no longer available. The file may have changed since.
            </p>
          ) : (
            <ScrollRegion
              label="The line that failed"
              className="flex overflow-x-auto bg-sunken py-2.5 font-mono text-sm whitespace-pre"
            >
              <span aria-hidden className="tabular w-12 shrink-0 pr-4 text-right text-faint select-none">
                {source.line}
              </span>
              <code className="border-l-2 border-bad pr-4 pl-3">{source.text.trim()}</code>
            </ScrollRegion>
          )}
        </div>
      )}
      {stack && (
        <details className="group rounded-lg border border-line">
          <summary className="flex list-none items-center gap-1.5 px-4 py-2.5 font-medium [&::-webkit-details-marker]:hidden">
            <ChevronRight
              size={15}
              aria-hidden
              className="text-faint transition-transform group-open:rotate-90"
            />
            Stack
          </summary>
          <ScrollRegion
            label="Stack"
            className="overflow-x-auto border-t border-line bg-sunken p-4 font-mono text-xs leading-[1.7] whitespace-pre"
          >
            {stack}
          </ScrollRegion>
        </details>
      )}
    </div>
  )
}
