import { expect, test } from 'vitest'
import { activityText, assigneeText } from './task-words.ts'

const ada = { id: 'a', name: 'Ada' }
const task = {
  assignee: { user: null, role: null },
  claimed_by: null,
  closed_by: null,
  status: 'open' as const,
}

test('whose a task is reads like a sentence', () => {
  expect(assigneeText(task, 'me')).toBe('Anyone')
  expect(assigneeText({ ...task, assignee: { user: ada, role: null } }, 'me')).toBe('Ada')
  expect(assigneeText({ ...task, assignee: { user: ada, role: null } }, 'a')).toBe('You')
  expect(assigneeText({ ...task, assignee: { user: ada, role: 'org_admin' } }, 'me')).toBe(
    'Ada, or Any of the administrators',
  )
  expect(assigneeText({ ...task, status: 'claimed', claimed_by: ada }, 'me')).toBe('Ada · claimed')
  expect(assigneeText({ ...task, status: 'done', closed_by: ada }, 'a')).toBe('You · done')
  expect(assigneeText({ ...task, status: 'expired' }, 'a')).toBe('Expired')
})

test('what happened says who did it, where a person did', () => {
  expect(activityText({ by: ada, action: 'claimed' })).toBe('Ada claimed it')
  expect(activityText({ by: null, action: 'escalated' })).toBe('Not answered in time, so it was reassigned')
})
