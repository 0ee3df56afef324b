import type { WorkflowSummary } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { arrange } from './workflow-list.ts'

const workflow = (name: string, more: Partial<WorkflowSummary> = {}): WorkflowSummary => ({
  org_id: null,
  id: '01a1fbec-307f-744f-a981-b161b18aa09b',
  name,
  description: '',
  category: 'General',
  tags: [],
  type: 'workflow',
  language: 'typescript',
  path: `${name}.ts`,
  parameters: [],
  execution_mode: 'async',
  schedule: null,
  columns: [],
  is_tool: false,
  endpoint_enabled: false,
  status: 'active',
  error: null,
  warnings: [],
  last_execution: null,
  ...more,
})
const problem = { message: "';' expected", path: 'users/broken.ts', line: 3, column: 1 }
const workflows = [
  workflow('zeta'),
  workflow('onboard', { category: 'Users', tags: ['people'], description: 'Creates an account' }),
  workflow('lookup', { category: 'Users', type: 'tool' }),
  workflow('sites', { category: 'Devices', type: 'data_provider', status: 'error' }),
]

test('categories stand by name, General last, and workflows by name within', () => {
  const { groups } = arrange(workflows, [], {})
  expect(groups.map(({ category }) => category)).toEqual(['Devices', 'Users', 'General'])
  expect(groups[1]?.items.map(({ name }) => name)).toEqual(['lookup', 'onboard'])
})

test('every word must be found, somewhere in name, description, tags, path or category', () => {
  expect(arrange(workflows, [], { q: 'users ACCOUNT' }).shown).toBe(1)
  expect(arrange(workflows, [], { q: 'users nothing' }).shown).toBe(0)
})

test('problems are found by path and message, and stand under their own filter', () => {
  expect(arrange(workflows, [problem], { q: 'broken' })).toMatchObject({ shown: 1, problems: [problem] })
  const { problems, groups } = arrange(workflows, [problem], { type: 'problem' })
  expect(problems).toEqual([problem])
  expect(groups.flatMap(({ items }) => items.map(({ name }) => name))).toEqual(['sites'])
})

test('counts are of what the search leaves, whatever type is chosen', () => {
  expect(arrange(workflows, [problem], { type: 'tool' }).counts).toEqual({
    all: 5,
    workflow: 2,
    tool: 1,
    data_provider: 1,
    problem: 2,
  })
})
