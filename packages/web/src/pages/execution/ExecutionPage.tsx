import { type Execution, isTerminal } from '@bifrost/contract'
import { useSuspenseQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { queries } from '../../app/queries.ts'
import { useMay } from '../../app/session.ts'
import { JsonTree } from '../../components/JsonTree.tsx'
import { Page } from '../../components/Page.tsx'
import { ResultView, resultKindOf } from '../../components/ResultView.tsx'
import { InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { type Tab, Tabs } from '../../components/Tabs.tsx'
import { useMediaQuery } from '../../components/use-media-query.ts'
import { paths } from '../../paths.ts'
import { ErrorView } from './ErrorView.tsx'
import { ExecutionActions } from './ExecutionActions.tsx'
import { ExecutionHeading } from './ExecutionHeading.tsx'
import { LogPanel } from './LogPanel.tsx'
import { NotYet } from './NotYet.tsx'
import { latest } from './stream-state.ts'
import { useRunStream } from './use-run-stream.ts'
import { VariablesView } from './VariablesView.tsx'

const route = getRouteApi('/shell/history/$id')
type TabId = 'result' | 'error' | 'logs' | 'input' | 'variables' | 'raw'

export function ExecutionPage() {
  const { id } = route.useParams()
  // Another run is another stream, other tabs, other timers: nothing of the last one stays.
  return <RunPage key={id} id={id} />
}

function RunPage({ id }: { id: string }) {
  const { tab } = route.useSearch()
  const { data } = useSuspenseQuery(queries.execution(id))
  const stream = useRunStream(id)
  const navigate = useNavigate()
  const may = useMay()
  const wide = useMediaQuery('(min-width: 80rem)')
  const execution = latest(data, stream.run)
  const ended = isTerminal(execution.status)
  // A cancelled run did what it was told; the sentence below its name says so.
  const showsError = ended && execution.error !== null && execution.status !== 'CANCELLED'

  const logs = (
    <LogPanel
      lines={stream.lines}
      live={!ended}
      waiting={stream.connection === 'connecting'}
      fileName={`${execution.workflow_name}-${id.slice(0, 8)}.log`}
    />
  )
  const tabs: Tab<TabId>[] = [
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
      : [{ id: 'logs' as const, label: <LogsLabel count={stream.lines.length} />, content: logs }]),
    { id: 'input', label: 'Input', content: <JsonTree value={execution.input} label="Input" /> },
    ...(may('execution:debug')
      ? [{ id: 'variables' as const, label: 'Variables', content: <VariablesView execution={execution} /> }]
      : []),
    { id: 'raw', label: 'Raw', content: <JsonTree value={execution} label="Raw" openDepth={1} /> },
  ]
  const chosen = tabs.find((one) => one.id === tab)?.id
  const open = chosen ?? (showsError ? 'error' : ended || wide ? 'result' : 'logs')

  return (
    <Page
      width="full"
      title={`${execution.workflow_name} · run`}
      heading={<ExecutionHeading execution={execution} />}
      actions={<ExecutionActions execution={execution} />}
    >
      {stream.connection === 'lost' && (
        <div className="mb-4">
          <InlineProblem tone="warn">
            The connection is lost. Trying again; nothing of the run is lost meanwhile.
          </InlineProblem>
        </div>
      )}
      <div className={wide ? 'grid grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)] gap-8' : ''}>
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
                <LogsLabel count={stream.lines.length} />
              </h2>
            </div>
            <div className="pt-4">{logs}</div>
          </section>
        )}
      </div>
    </Page>
  )
}

const LogsLabel = ({ count }: { count: number }) => (
  <>
    Logs{' '}
    {count > 0 && (
      <span className="tabular ml-0.5 text-sm font-normal text-faint">{count.toLocaleString()}</span>
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
