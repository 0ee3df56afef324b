import { type Execution, type GraphNode, isTerminal, type Step } from '@bifrost/contract'
import { useMemo, useState } from 'react'
import { useMay } from '../../../app/session.ts'
import { formatCount, formatNumber, formatTick } from '../../../format.ts'
import { Button } from '../../../ui/Button.tsx'
import { useNow } from '../../../ui/TimeAgo.tsx'
import { ForkDialog } from './ForkDialog.tsx'
import { rowGrid, StepRow } from './StepRow.tsx'
import { axisOf, ticksOf, titlesOf } from './step-timeline.ts'

const wordsOfKinds: Record<Step['kind'], string> = {
  step: 'step',
  sleep: 'sleep',
  undo: 'undo',
  event: 'event',
  emit: 'emits',
  screen: 'screen',
  run: 'run',
  fan_out: 'runs',
  tx: 'transaction',
}

/** The latest are shown at once; earlier ones come on demand, so that a loop of thousands does not stall the page. */
const stepsShown = 200

/** The steps of a run on one line of time, in the order they began. */
export function StepsView({
  execution,
  steps,
  isComplete,
  graph,
}: {
  execution: Execution
  steps: readonly Step[]
  /** Otherwise these are the latest of very many. */
  isComplete: boolean
  /** The outline that the run goes through, where there is one. */
  graph: readonly GraphNode[] | null
}) {
  const live = !isTerminal(execution.status)
  const now = useNow(live ? (execution.status === 'SUSPENDED' ? 1_000 : 250) : null)
  const mayFork = useMay()('workflow:run') && execution.workflow_id !== null
  const [fork, setFork] = useState<Step | null>(null)
  const [shown, setShown] = useState(stepsShown)
  const titles = useMemo(() => titlesOf(steps), [steps])
  const words = useMemo(() => kindWords(graph ?? []), [graph])
  const axis = axisOf(execution, steps, now)
  const ticks = ticksOf(axis)
  const earlier = Math.max(0, steps.length - shown)
  return (
    <div className="@container">
      <div aria-hidden className={`${rowGrid} px-2 pb-1 text-2xs text-faint @max-md:hidden @md:px-3`}>
        <span />
        <span />
        <span className="tabular relative block h-4">
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute -translate-x-1/2 whitespace-nowrap"
              style={{ left: `${(tick / (axis.to - axis.from)) * 100}%` }}
            >
              {formatTick(tick)}
            </span>
          ))}
        </span>
      </div>
      {!isComplete && (
        <p className="mb-1 px-3 text-muted">
          This run has very many steps. These are the latest {formatNumber(steps.length)}.
        </p>
      )}
      {earlier > 0 && (
        <Button size="sm" look="quiet" className="mb-1" onClick={() => setShown(shown + stepsShown * 5)}>
          Show {formatCount(Math.min(earlier, stepsShown * 5), 'earlier step')}
          {earlier > stepsShown * 5 && ` of ${formatNumber(earlier)}`}
        </Button>
      )}
      <ol aria-label="Steps" className="rounded-lg border border-line">
        {steps.slice(earlier).map((step) => {
          const title = titles.get(step.key)
          return (
            title && (
              <StepRow
                key={step.key}
                step={step}
                title={title}
                kind={words.get(step.name) ?? wordsOfKinds[step.kind]}
                run={execution}
                axis={axis}
                ticks={ticks}
                now={now}
                onFork={mayFork ? () => setFork(step) : undefined}
              />
            )
          )
        })}
      </ol>
      {fork && <ForkDialog execution={execution} steps={steps} from={fork} onClose={() => setFork(null)} />}
    </div>
  )
}

/** What the steps are that a graph makes for itself, by name. */
const kindWords = (graph: readonly GraphNode[]): Map<string, string> =>
  new Map(
    graph.flatMap(({ kind, name, lanes }): [string, string][] => [
      ...(kind === 'if' ? [[name, 'decision'] as [string, string]] : []),
      ...(kind === 'forEach' ? [[name, 'list'] as [string, string]] : []),
      ...lanes.flatMap((lane) => [...kindWords(lane.nodes)]),
    ]),
  )
