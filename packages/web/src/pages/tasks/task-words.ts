import { labelOf, type TaskActivity, type TaskStatus, type TaskSummary } from '@bifrost/contract'
import { roleGroups } from '../../role-names.ts'

type Who = Pick<TaskSummary, 'assignee' | 'claimed_by' | 'closed_by' | 'status'>

/**
 * Whose it is, in words.
 * @example assigneeText(task, me.id) // 'You', 'Ada · claimed', 'Any of the administrators'
 */
export function assigneeText({ assignee, claimed_by, closed_by, status }: Who, me: string): string {
  const name = (person: { id: string; name: string }) => (person.id === me ? 'You' : person.name)
  if (status !== 'open' && status !== 'claimed')
    return closed_by ? `${name(closed_by)} · ${statusWords[status].toLowerCase()}` : statusWords[status]
  if (claimed_by) return `${name(claimed_by)} · claimed`
  const asked = [
    ...(assignee.user ? [name(assignee.user)] : []),
    ...(assignee.role ? [`Any of the ${roleGroups[assignee.role].toLowerCase()}`] : []),
  ]
  return asked.join(', or ') || 'Anyone'
}

export const statusWords: Record<TaskStatus, string> = {
  open: 'Open',
  claimed: 'Claimed',
  done: 'Done',
  cancelled: 'Closed',
  expired: 'Expired',
}

const activityWords: Record<TaskActivity['action'], string> = {
  created: 'Created by the run',
  claimed: 'claimed it',
  released: 'released it',
  completed: 'answered',
  cancelled: 'declined',
  sent_back: 'sent it back',
  commented: 'wrote',
  reminded: 'A reminder was due',
  escalated: 'Not answered in time, so it was reassigned',
  expired: 'Expired',
  closed: 'The run stopped waiting for it',
}

/** @example activityText({ by: ada, action: 'claimed' }) // 'Ada claimed it' */
export const activityText = ({ by, action }: Pick<TaskActivity, 'by' | 'action'>): string =>
  by ? `${by.name} ${activityWords[action]}` : activityWords[action]

/** The name of a member of the props, for people. */
export const propLabel = (name: string): string => labelOf(name)
