import { type Execution, type GraphNode, isTerminal, type Step } from '@bifrost/contract'
import { useMemo, useState } from 'react'
import { useMay } from '../../../app/session.ts'
import { formatCount, formatMeasured, formatNumber, formatTime } from '../../../format.ts'
import { useNow } from '../../../ui/TimeAgo.tsx'
import type { DrawnNode } from '../../workflows/outline/drawn.ts'
import { Outline } from '../../workflows/outline/Outline.tsx'
import { ForkDialog } from './ForkDialog.tsx'
import { graphState, hasBegun, type NodeLook, type NodeState, timesOf } from './graph-state.ts'
import { StepDetails } from './StepDetails.tsx'
import { StepMark } from './StepMark.tsx'

/** The outline of the workflow, filled in with what this run has done. */
export function GraphTab({
  execution,
  graph,
  isCurrent,
  steps,
}: {
  execution: Execution
  graph: readonly GraphNode[]
  isCurrent: boolean
  steps: readonly Step[]
}) {
  const now = useNow(isTerminal(execution.status) ? null : 1_000)
  const mayFork = useMay()('workflow:run') && execution.workflow_id !== null
  const [fork, setFork] = useState<Step | null>(null)
  const { created_at, scheduled_at, started_at, ended_at } = execution
  const states = useMemo(
    () => graphState(graph, steps, { created_at, scheduled_at, started_at, ended_at }),
    [graph, steps, created_at, scheduled_at, started_at, ended_at],
  )
  const undone = steps.filter((step) => step.kind === 'undo').length
  return (
    <>
      {isCurrent && (
        <p className="mb-3 text-sm text-muted">
          The code of this run is no longer available. This is the current workflow.
        </p>
      )}
      <Outline
        label="Graph of the run"
        nodes={states.map((state) => drawn(state, now, mayFork ? setFork : null))}
      />
      {undone > 0 && (
        <p className="mt-4 text-sm text-muted">
          The run failed, and {formatCount(undone, 'step was', 'steps were')} undone; the Steps tab shows the
          order.
        </p>
      )}
      {fork && <ForkDialog execution={execution} steps={steps} from={fork} onClose={() => setFork(null)} />}
    </>
  )
}

function drawn(state: NodeState, now: number, onFork: ((step: Step) => void) | null): DrawnNode {
  const { node, step, look, lanes, items } = state
  return {
    kind: node.kind,
    name: node.name,
    text: node.text,
    concurrency: node.concurrency,
    // Its items tell more than the outline of one.
    lanes: (items ? [] : lanes).map(({ label, taken, nodes }) => ({
      label,
      taken,
      nodes: nodes.map((inside) => drawn(inside, now, onFork)),
    })),
    mark: hasBegun(state) ? <Mark look={look} screen={node.kind === 'screen'} /> : null,
    faded: look === 'skipped' || look === 'unreached',
    note: noteOf(state, now),
    details:
      step && tells(state)
        ? () => <StepDetails step={step} name={node.name} onFork={onFork ? () => onFork(step) : undefined} />
        : null,
    items:
      items?.map((item) => ({
        key: item.key,
        mark: hasBegun(item) ? (
          <Mark look={item.look} screen={false} />
        ) : (
          <span className="size-4 shrink-0" aria-hidden />
        ),
        nodes: () => item.nodes.map((inside) => drawn(inside, now, onFork)),
      })) ?? null,
  }
}

/** What a decision or a list is made of is drawn already; only its own failure is worth opening. */
const tells = ({ node: { kind }, step }: NodeState) =>
  (kind !== 'if' && kind !== 'forEach') || (step?.error ?? null) !== null

const Mark = ({ look, screen }: { look: NodeLook; screen: boolean }) =>
  look === 'ahead' || look === 'skipped' || look === 'unreached' ? null : (
    <StepMark look={look} undo={false} screen={screen} />
  )

function noteOf(state: NodeState, now: number) {
  const { look, step, items } = state
  if (look === 'unreached') return 'not reached'
  if (!hasBegun(state)) return null
  const times = timesOf(state)
  const parts: string[] = []
  if (items) {
    const done = items.filter((item) => item.look === 'completed').length
    parts.push(`${formatNumber(done)} of ${formatNumber(items.length)}`)
  }
  const attempts = Math.max(step?.attempts.length ?? 0, step?.attempt ?? 0)
  if (attempts > 1) parts.push(formatCount(attempts, 'attempt'))
  if ((look === 'waiting' || look === 'retrying') && step?.due_at)
    parts.push(`until ${formatTime(step.due_at)}`)
  else if (times) {
    const length = (times.to ?? now) - times.from
    const told = formatMeasured(
      times.to === null && length > 1000 ? Math.floor(length / 1000) * 1000 : length,
    )
    parts.push(look === 'waiting' ? `waits ${told}` : told)
  }
  return parts.join(' · ')
}
