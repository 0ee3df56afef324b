import type { GraphNodeKind } from '@bifrost/contract'
import {
  CircleDashed,
  GitFork,
  type LucideIcon,
  Moon,
  Play,
  Radio,
  Repeat,
  Split,
  UserRound,
  Workflow,
} from 'lucide-react'
import type { DrawnLane, DrawnNode } from './drawn.ts'

/** How a kind of node looks, and what it is called. */
export const kindLooks: Record<GraphNodeKind, { icon: LucideIcon; word: string }> = {
  step: { icon: Play, word: 'Step' },
  screen: { icon: UserRound, word: 'Screen' },
  if: { icon: Split, word: 'Decision' },
  forEach: { icon: Repeat, word: 'For each' },
  parallel: { icon: GitFork, word: 'In parallel' },
  sleep: { icon: Moon, word: 'Sleep' },
  event: { icon: Radio, word: 'Wait for event' },
  do: { icon: Workflow, word: 'Do' },
  unread: { icon: CircleDashed, word: 'Steps known only at run time' },
}

/** What stands above a way through a node. */
export function laneTitle(
  { kind }: DrawnNode,
  { label }: DrawnLane,
  index: number,
): { word: string; question: string | null } {
  if (kind === 'if')
    return { word: label === null ? 'else' : index === 0 ? 'if' : 'else if', question: label }
  if (kind === 'parallel') return { word: label ?? '', question: null }
  return { word: '', question: null }
}
