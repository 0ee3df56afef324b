import type { WorkflowSummary } from '@bifrost/contract'
import { CalendarClock, Database, Globe, Wrench, Zap } from 'lucide-react'
import { Tag } from '../../ui/Tag.tsx'

/** What sets a workflow apart, at a glance. */
export function WorkflowBadges({ workflow }: { workflow: WorkflowSummary }) {
  const { type, execution_mode, schedule, endpoint_enabled } = workflow
  return (
    <span className="flex flex-wrap items-center gap-1 empty:hidden">
      {type === 'data_provider' && (
        <Tag icon={Database} tone="accent" title="Provides options for form fields">
          Data provider
        </Tag>
      )}
      {(type === 'tool' || workflow.is_tool) && (
        <Tag icon={Wrench} tone="accent" title="Agents can call it">
          Tool
        </Tag>
      )}
      {type !== 'data_provider' && execution_mode === 'sync' && (
        <Tag icon={Zap} title="Answers with its result">
          Sync
        </Tag>
      )}
      {schedule && (
        <Tag icon={CalendarClock} title={`${schedule.cron}, ${schedule.timezone}`}>
          <span className="font-mono">{schedule.cron}</span>
        </Tag>
      )}
      {endpoint_enabled && (
        <Tag icon={Globe} title="Has an HTTP endpoint of its own">
          Endpoint
        </Tag>
      )}
    </span>
  )
}
