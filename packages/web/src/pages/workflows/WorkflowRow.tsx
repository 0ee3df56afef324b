import type { ExecutionStatus, WorkflowSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { CircleAlert, Play } from 'lucide-react'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { isShown } from '../../ui/columns.ts'
import type { ColumnChoice } from '../../ui/list-search.ts'
import { Prose } from '../../ui/Prose.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { StatusBadge } from '../executions/StatusBadge.tsx'
import { WorkflowBadges } from './WorkflowBadges.tsx'

export function WorkflowRow({ workflow, columns }: { workflow: WorkflowSummary; columns: ColumnChoice }) {
  const may = useMay()
  const has = (column: string) => isShown({ id: column, label: '' }, columns)
  const { name, description, status, error, last_execution: last, tags, warnings } = workflow
  return (
    <li className="group relative flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 transition-colors hover:bg-sunken sm:flex-nowrap">
      <div className="min-w-0 flex-1 basis-full sm:basis-auto">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link
            to="/workflows/$name"
            params={{ name }}
            className="font-semibold after:absolute after:inset-0 group-hover:text-accent"
          >
            {name}
          </Link>
          <WorkflowBadges workflow={workflow} />
          {status === 'missing' && (
            <Tag tone="warn" title="Its file no longer defines it">
              Missing
            </Tag>
          )}
          {warnings.length > 0 && status === 'active' && (
            <Tag tone="warn" icon={CircleAlert} title={warnings.map((one) => one.message).join('\n')}>
              {warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}
            </Tag>
          )}
        </div>
        {description && has('description') && (
          <p className="mt-0.5 line-clamp-1 text-sm text-muted">
            <Prose text={description} />
          </p>
        )}
        {error && (
          <p className="mt-1 flex items-start gap-1.5 text-sm text-bad">
            <CircleAlert size={14} className="mt-[3px] shrink-0" aria-hidden />
            <span>
              {error.message}{' '}
              <span className="font-mono text-xs text-muted">
                {error.path}
                {error.line !== null && `:${error.line}`}
              </span>
            </span>
          </p>
        )}
      </div>
      {tags.length > 0 && has('tags') && (
        <span className="hidden max-w-56 flex-wrap justify-end gap-1 lg:flex">
          {tags.slice(0, 3).map((tag) => (
            <Link
              key={tag}
              to="/workflows"
              search={{ tag }}
              className="relative rounded-sm px-1 text-xs text-faint hover:bg-hover hover:text-ink"
            >
              #{tag}
            </Link>
          ))}
        </span>
      )}
      {has('last') && (
        <div className="w-44 shrink-0 text-sm">
          {last ? (
            <Link
              to="/history/$id"
              params={{ id: last.id }}
              className="relative inline-flex flex-wrap items-center gap-x-1.5 rounded-sm hover:underline"
            >
              <StatusBadge status={last.status as ExecutionStatus} />
              <TimeAgo at={last.created_at} className="text-xs text-faint" />
            </Link>
          ) : (
            <span className="text-faint">Not run yet</span>
          )}
        </div>
      )}
      <div className="relative ml-auto w-[68px] shrink-0 text-right">
        {may('workflow:run') && status === 'active' && (
          <ButtonLink
            size="sm"
            icon={Play}
            to="/workflows/$name"
            params={{ name }}
            search={{ tab: 'run' }}
            aria-label={`Run ${name}`}
          >
            Run
          </ButtonLink>
        )}
      </div>
    </li>
  )
}
