import type { Parameter, Workflow } from '@bifrost/contract'
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { formatDuration } from '../../format.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Section } from '../../ui/Page.tsx'
import { Prose } from '../../ui/Prose.tsx'
import { ScrollRegion } from '../../ui/ScrollRegion.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { AccessSection } from './AccessSection.tsx'
import { flowRows } from './flow-rows.ts'

/** Every option of the declaration, as the platform understood it. */
export function SettingsTab({ workflow }: { workflow: Workflow }) {
  const may = useMay()
  return (
    <div className="grid grid-cols-1 gap-8">
      {workflow.warnings.length > 0 && (
        <Section title="Warnings">
          <div className="grid gap-2">
            {workflow.warnings.map((warning) => (
              <InlineProblem key={`${warning.message}${warning.line}`} tone="warn">
                {warning.message}{' '}
                <span className="font-mono text-xs">
                  {warning.path}
                  {warning.line !== null && `:${warning.line}`}
                </span>
              </InlineProblem>
            ))}
          </div>
        </Section>
      )}
      {may('role:read') && <AccessSection workflow={workflow} />}
      <div className="grid grid-cols-1 gap-8 lg:grid-cols-2">
        <Section title="Running">
          <Facts rows={runningRows(workflow)} />
        </Section>
        <Section title="Access details">
          <Facts rows={reachRows(workflow)} />
        </Section>
      </div>
      {workflow.parameters.length > 0 && (
        <Section title="Parameters">
          <ParameterTable parameters={workflow.parameters} />
        </Section>
      )}
    </div>
  )
}

function runningRows(workflow: Workflow): [string, ReactNode][] {
  const { retry_policy: retry, schedule, code_version: version } = workflow
  return [
    ['Mode', workflow.execution_mode === 'sync' ? 'Sync: the caller waits' : 'Async: queued'],
    ['Timeout', workflow.timeout_seconds === 0 ? 'None' : formatDuration(workflow.timeout_seconds * 1000)],
    [
      'Retries',
      retry
        ? `${retry.max_retries}, ${retry.backoff} from ${formatDuration(retry.delay_seconds * 1000)}`
        : 'None',
    ],
    ...flowRows(workflow.flow_control),
    [
      'Schedule',
      schedule ? (
        <>
          <code className="font-mono">{schedule.cron}</code> {schedule.timezone}
          <span className="block text-sm text-faint">
            overlap: {schedule.overlap.replace('_', ' ')}, after downtime: {schedule.catch_up}
          </span>
        </>
      ) : (
        'None'
      ),
    ],
    ...(workflow.cache_ttl_seconds === null
      ? []
      : [['Options cached for', formatDuration(workflow.cache_ttl_seconds * 1000)] as [string, ReactNode]]),
    ['Time saved per run', workflow.time_saved ? `${workflow.time_saved} min` : 'None'],
    ['Value per run', workflow.value ? String(workflow.value) : 'None'],
    [
      'Code version',
      version ? (
        <span key="version" className="inline-flex items-center gap-1">
          <code className="font-mono text-sm">{version.slice(0, 12)}</code>
          <CopyButton text={version} label="Copy the code version" />
        </span>
      ) : workflow.status === 'active' ? (
        'Created by the first run'
      ) : (
        'Can’t be built'
      ),
    ],
    ['Read', <TimeAgo key="read" at={workflow.updated_at} />],
  ]
}

function reachRows(workflow: Workflow): [string, ReactNode][] {
  return [
    [
      'File',
      <code key="file" className="font-mono text-sm break-all">
        {workflow.path}
        {workflow.line !== null && `:${workflow.line}`}
      </code>,
    ],
    [
      'Export',
      <code key="export" className="font-mono text-sm">
        {workflow.export_name}
      </code>,
    ],
    ['ID', <Id key="id" id={workflow.id} />],
    ['Endpoint', workflow.endpoint_enabled ? workflow.allowed_methods.join(', ') || 'Any method' : 'Off'],
    ['Public endpoint', workflow.public_endpoint ? 'Yes, without a key' : 'No'],
    ['Global key', workflow.disable_global_key ? 'Refused' : 'Accepted'],
    [
      'Agents',
      workflow.is_tool ? (
        <Prose key="agents" text={workflow.tool_description ?? 'Can call it'} />
      ) : (
        'Can’t call it'
      ),
    ],
  ]
}

const Id = ({ id }: { id: string }) => (
  <span className="inline-flex max-w-full items-center gap-1">
    <code className="truncate font-mono text-sm">{id}</code>
    <CopyButton text={id} label="Copy the ID" />
  </span>
)

/** Names and values in two columns. */
function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line">
      {rows.map(([name, value]) => (
        <div key={name} className="flex min-h-10 items-center gap-4 px-4 py-1.5">
          <dt className="w-36 shrink-0 text-sm text-muted">{name}</dt>
          <dd className="min-w-0 flex-1">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function ParameterTable({ parameters }: { parameters: Parameter[] }) {
  return (
    <ScrollRegion label="Table of parameters" className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full text-left text-sm">
        <thead className="bg-sunken text-xs text-muted">
          <tr>
            {['Name', 'Type', 'Required', 'Default', 'Help'].map((heading) => (
              <th key={heading} scope="col" className="px-4 py-2 font-medium">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {parameters.map((parameter) => (
            <tr key={parameter.name} className="align-top">
              <td className="px-4 py-2 font-mono font-medium">{parameter.name}</td>
              <td className="px-4 py-2 font-mono text-muted">{typeText(parameter)}</td>
              <td className="px-4 py-2 text-muted">{parameter.required ? 'yes' : 'no'}</td>
              <td className="max-w-48 truncate px-4 py-2 font-mono text-muted">
                {parameter.default === null ? '–' : JSON.stringify(parameter.default)}
              </td>
              <td className="min-w-56 px-4 py-2 text-muted">
                <Prose text={[parameter.help, parameter.note].filter(Boolean).join(' ') || '–'} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function typeText({ type, items, options, nullable }: Parameter): string {
  const base = type === 'list' ? `list of ${items ?? 'json'}` : type
  return `${base}${options ? ` (${options.length} choices)` : ''}${nullable ? ' or null' : ''}`
}
