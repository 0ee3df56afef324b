import { type Execution, type ExecutionStatus, isTerminal } from '@bifrost/contract'
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useMay } from '../../../app/session.ts'
import { formatNumber } from '../../../format.ts'
import { paths } from '../../../paths.ts'
import { JsonTree } from '../../../ui/JsonTree.tsx'
import { Page } from '../../../ui/Page.tsx'
import { InlineProblem, SkeletonRows } from '../../../ui/states.tsx'
import { type Tab, Tabs } from '../../../ui/Tabs.tsx'
import { useMediaQuery } from '../../../ui/use-media-query.ts'
import { executionQueries } from '../queries.ts'
import { ResultView, resultKindOf } from '../ResultView.tsx'
import { AttemptsView } from './AttemptsView.tsx'
import { ChildrenTab } from './ChildrenTab.tsx'
import { ErrorView } from './ErrorView.tsx'
import { ExecutionActions } from './ExecutionActions.tsx'
import { ExecutionHeading } from './ExecutionHeading.tsx'
import { GraphTab } from './GraphTab.tsx'
import { LogPanel } from './LogPanel.tsx'
import { NotYet } from './NotYet.tsx'
import { OpenTasks } from './OpenTasks.tsx'
import { StepsView } from './StepsView.tsx'
import { latest } from './stream-state.ts'
import { useChildren } from './use-children.ts'
import { useRunStream } from './use-run-stream.ts'
import { useSteps } from './use-steps.ts'
import { VariablesView } from './VariablesView.tsx'

const route = getRouteApi('/shell/history/$id')
type TabId =
  | 'graph'
  | 'steps'
  | 'runs'
  | 'attempts'
  | 'result'
  | 'error'
  | 'logs'
  | 'input'
  | 'variables'
  | 'raw'

export function ExecutionPage() {
  const { id } = route.useParams()
  // Another run is another stream, other tabs, other timers: nothing of the last one stays.
  return <RunPage key={id} id={id} />
}

function RunPage({ id }: { id: string }) {
  const { tab } = route.useSearch()
  const { data } = useSuspenseQuery(executionQueries.one(id))
  const { data: outline } = useQuery(executionQueries.graph(id))
  const stream = useRunStream(id)
  const navigate = useNavigate()
  const may = useMay()
  const wide = useMediaQuery('(min-width: 80rem)')
  const execution = latest(data, stream.run)
  const { status, reason, attempt } = execution
  const { items: steps, complete } = useSteps(
    id,
    status,
    `${status} ${attempt} ${reason} ${stream.lines.length}`,
  )
  useRereading(id, data.status, status)
  const started = useChildren(id, steps)
  const ended = isTerminal(status)
  // A cancelled run did what it was told; the sentence below its name says so.
  const showsError = ended && execution.error !== null && status !== 'CANCELLED'

  const logs = (
    <LogPanel
      lines={stream.lines}
      live={!ended}
      waiting={stream.connection === 'connecting'}
      fileName={`${execution.workflow_name}-${id.slice(0, 8)}.log`}
    />
  )
  const tabs: Tab<TabId>[] = [
    ...(outline?.graph
      ? [
          {
            id: 'graph' as const,
            label: 'Graph',
            content: (
              <GraphTab
                execution={execution}
                graph={outline.graph}
                isCurrent={outline.is_current}
                steps={steps}
              />
            ),
          },
        ]
      : []),
    ...(steps.length > 0
      ? [
          {
            id: 'steps' as const,
            label: <CountedLabel name="Steps" count={steps.length} />,
            content: (
              <StepsView
                execution={execution}
                steps={steps}
                isComplete={complete}
                graph={outline?.graph ?? null}
              />
            ),
          },
        ]
      : []),
    ...(started
      ? [
          {
            id: 'runs' as const,
            label: <CountedLabel name="Runs" count={started.total} />,
            content: <ChildrenTab id={id} />,
          },
        ]
      : []),
    ...(execution.max_attempts > 1
      ? [{ id: 'attempts' as const, label: 'Attempts', content: <AttemptsView execution={execution} /> }]
      : []),
    ...(showsError
      ? [{ id: 'error' as const, label: 'Error', content: <ErrorTab execution={execution} /> }]
      : []),
    {
      id: 'result',
      label: 'Result',
      content: <ResultTab execution={execution} isRead={isTerminal(data.status)} />,
    },
    ...(wide
      ? []
      : [
          {
            id: 'logs' as const,
            label: <CountedLabel name="Logs" count={stream.lines.length} />,
            content: logs,
          },
        ]),
    { id: 'input', label: 'Input', content: <JsonTree value={execution.input} label="Input" /> },
    ...(may('execution:debug')
      ? [{ id: 'variables' as const, label: 'Variables', content: <VariablesView execution={execution} /> }]
      : []),
    { id: 'raw', label: 'Raw', content: <JsonTree value={execution} label="Raw" openDepth={1} /> },
  ]
  const chosen = tabs.find((one) => one.id === tab)?.id
  const fallback = showsError ? 'error' : ended || wide ? 'result' : 'logs'
  const open = chosen ?? (outline?.graph ? 'graph' : steps.length > 0 ? 'steps' : fallback)

  return (
    <Page
      width="full"
      title={`${execution.workflow_name} · run`}
      heading={<ExecutionHeading execution={execution} steps={steps} />}
      actions={<ExecutionActions execution={execution} />}
    >
      {stream.connection === 'lost' && (
        <div className="mb-4">
          <InlineProblem tone="warn">
            The connection is lost. Reconnecting; the run is not affected.
          </InlineProblem>
        </div>
      )}
      <OpenTasks execution={execution} />
      <div
        className={
          wide ? `grid gap-8 ${steps.length > 0 || outline?.graph ? columnsWithSteps : columns}` : ''
        }
      >
        <Tabs
          label="Run"
          tabs={tabs}
          value={open}
          onChange={(next) => void navigate({ href: paths.execution(id, { tab: next }), replace: true })}
        />
        {wide && (
          <section aria-label="Logs" className="min-w-0">
            <div className="flex h-9 items-center border-b border-line font-medium">
              <h2>
                <CountedLabel name="Logs" count={stream.lines.length} />
              </h2>
            </div>
            <div className="pt-4">{logs}</div>
          </section>
        )}
      </div>
    </Page>
  )
}

/** A line of time needs more room than a result. */
const columns = 'grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]'
const columnsWithSteps = 'grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)]'

/** Reads the run again when the stream tells of another status: it knows what the stream leaves out. */
function useRereading(id: string, read: ExecutionStatus, streamed: ExecutionStatus) {
  const client = useQueryClient()
  useEffect(() => {
    if (streamed !== read && !isTerminal(streamed))
      void client.invalidateQueries({ queryKey: executionQueries.one(id).queryKey })
  }, [client, id, read, streamed])
}

const CountedLabel = ({ name, count }: { name: string; count: number }) => (
  <>
    {name}{' '}
    {count > 0 && (
      <span className="tabular ml-0.5 text-sm font-normal text-faint">{formatNumber(count)}</span>
    )}
  </>
)

function ResultTab({ execution, isRead }: { execution: Execution; isRead: boolean }) {
  if (!isTerminal(execution.status)) return <NotYet what="The result" />
  // The stream tells that the run has ended; the result comes with the next reading of the run.
  if (!isRead) return <SkeletonRows rows={4} />
  if (execution.result === null && execution.error)
    return <p className="py-6 text-muted">The run ended without a result.</p>
  return (
    <ResultView result={execution.result} kind={execution.result_kind ?? resultKindOf(execution.result)} />
  )
}

function ErrorTab({ execution }: { execution: Execution }) {
  return execution.error ? <ErrorView error={execution.error} /> : null
}
