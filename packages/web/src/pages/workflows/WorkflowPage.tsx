import type { Workflow } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMay } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { Page } from '../../ui/Page.tsx'
import { Prose } from '../../ui/Prose.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { type Tab, Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { drawnOf } from './outline/drawn.ts'
import { Outline } from './outline/Outline.tsx'
import { workflowQueries } from './queries.ts'
import { RecentRuns } from './RecentRuns.tsx'
import { RunTab } from './RunTab.tsx'
import { SettingsTab } from './SettingsTab.tsx'
import { SourceTab } from './SourceTab.tsx'
import { TriggersTab } from './TriggersTab.tsx'
import { WorkflowBadges } from './WorkflowBadges.tsx'

const route = getRouteApi('/shell/workflows/$name')
type TabId = 'run' | 'graph' | 'ways-in' | 'runs' | 'source' | 'settings'

export function WorkflowPage() {
  const { name } = route.useParams()
  const { tab, from } = route.useSearch()
  const { data: workflow } = useSuspenseQuery({ ...workflowQueries.one(name), refetchInterval: 10_000 })
  const navigate = useNavigate()
  const may = useMay()

  const tabs: Tab<TabId>[] = [
    ...(may('workflow:run')
      ? [{ id: 'run' as const, label: 'Run', content: <RunTab key={from} workflow={workflow} from={from} /> }]
      : []),
    ...(workflow.graph
      ? [
          {
            id: 'graph' as const,
            label: 'Graph',
            content: (
              <div className="max-w-4xl">
                <Outline label={`Graph of ${workflow.name}`} nodes={drawnOf(workflow.graph)} />
              </div>
            ),
          },
        ]
      : []),
    { id: 'ways-in', label: 'Triggers', content: <TriggersTab workflow={workflow} /> },
    ...(may('execution:read')
      ? [{ id: 'runs' as const, label: 'Recent runs', content: <RecentRuns workflow={workflow.name} /> }]
      : []),
    ...(workflow.source_shown
      ? [{ id: 'source' as const, label: 'Source', content: <SourceTab name={workflow.name} /> }]
      : []),
    { id: 'settings', label: 'Settings', content: <SettingsTab workflow={workflow} /> },
  ]
  const open = tabs.find((one) => one.id === tab)?.id ?? tabs[0]?.id ?? 'settings'

  return (
    <Page title={workflow.name} heading={<Heading workflow={workflow} />}>
      {workflow.status === 'missing' && (
        <div className="mb-5">
          <InlineProblem tone="warn">
            Its file <code className="font-mono">{workflow.path}</code> no longer defines it. It cannot run;
            its history stays. To restore the workflow, restore the function.
          </InlineProblem>
        </div>
      )}
      {workflow.error && (
        <div className="mb-5">
          <InlineProblem>
            <p className="font-medium">{workflow.error.message}</p>
            <p className="font-mono text-xs">
              {workflow.error.path}
              {workflow.error.line !== null && `:${workflow.error.line}`}
            </p>
          </InlineProblem>
        </div>
      )}
      <Tabs
        label={workflow.name}
        tabs={tabs}
        value={open}
        onChange={(id) => void navigate({ href: paths.workflow(name, { tab: id }), replace: true })}
      />
    </Page>
  )
}

function Heading({ workflow }: { workflow: Workflow }) {
  const { name, description, category, tags } = workflow
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-1 text-sm text-faint">
        <Link to="/workflows" className="rounded-sm hover:text-ink hover:underline">
          Workflows
        </Link>
        <span aria-hidden> / </span>
        <span>{category}</span>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-2xl font-semibold tracking-[-0.015em] break-all">{name}</h1>
        <WorkflowBadges workflow={workflow} />
        {tags.map((tag) => (
          <Tag key={tag}>#{tag}</Tag>
        ))}
      </div>
      {description && (
        <p className="mt-1 max-w-2xl whitespace-pre-line text-muted">
          <Prose text={description} />
        </p>
      )}
    </>
  )
}
