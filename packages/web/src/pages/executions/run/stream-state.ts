import { type Execution, isTerminal, type LogLine, type StreamEvent } from '@bifrost/contract'

/** Where a run stands, as the stream tells it. */
export type RunStatus = Extract<StreamEvent, { event: 'status' }>['data']

/** What the stream of one run has told so far. */
export interface StreamState {
  run: RunStatus | null
  lines: readonly LogLine[]
  /** The stream has said its last word. */
  ended: boolean
}

export const nothingStreamed: StreamState = { run: null, lines: [], ended: false }

/**
 * Adds what arrived. A line that is there already, as after a reconnect, is not added again; one that comes late takes
 * its place in order.
 */
export function withEvents(state: StreamState, events: readonly StreamEvent[]): StreamState {
  let { run, ended } = state
  const arrived: LogLine[] = []
  for (const event of events) {
    if (event.event === 'log') arrived.push(event.data)
    else {
      // After the end nothing changes any more, whatever an old connection still delivers.
      if (!ended) run = event.data
      if (event.event === 'end') ended = true
    }
  }
  return { run, ended, lines: arrived.length > 0 ? mergeLines(state.lines, arrived) : state.lines }
}

function mergeLines(known: readonly LogLine[], arrived: readonly LogLine[]): readonly LogLine[] {
  let last = known.at(-1)?.seq ?? -1
  const inOrder = arrived.every(({ seq }) => {
    const after = seq > last
    if (after) last = seq
    return after
  })
  if (inOrder) return known.concat(arrived)
  const bySeq = new Map(known.map((line) => [line.seq, line]))
  for (const line of arrived) if (!bySeq.has(line.seq)) bySeq.set(line.seq, line)
  return bySeq.size === known.length ? known : [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** The run as the page shows it: what was read in full, moved on by what the stream says since. */
export function latest(execution: Execution, run: RunStatus | null): Execution {
  if (!run || isTerminal(execution.status)) return execution
  // The stream tells an error in short; it must not hide the full one, which comes when the run is read again.
  const { error, ...status } = run
  return {
    ...execution,
    ...status,
    error: error ? { code: null, stack: null, source: null, ...error } : null,
  }
}
