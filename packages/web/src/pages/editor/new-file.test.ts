import { expect, test } from 'vitest'
import { newFileContent } from './new-file.ts'

test('a new TypeScript file defines a workflow named after it', () => {
  expect(newFileContent('users/new-user.ts')).toContain('export const newUser = workflow(')
  expect(newFileContent('Order_sync2.ts')).toContain('export const orderSync2 = workflow(')
  expect(newFileContent('42.ts')).toContain('export const newWorkflow = workflow(')
})

test('a new Python file defines a workflow named after it', () => {
  expect(newFileContent('users/new-user.py')).toContain('@workflow\nasync def new_user(name: str):')
  expect(newFileContent('OrderSync2.py')).toContain('async def order_sync2(')
  expect(newFileContent('42.py')).toContain('async def new_workflow(')
})

test('helpers and other files start empty', () => {
  expect(newFileContent('users/_client.ts')).toBe('')
  expect(newFileContent('users/_client.py')).toBe('')
  expect(newFileContent('users/__init__.py')).toBe('')
  expect(newFileContent('notes.md')).toBe('')
  expect(newFileContent('data/a.json')).toBe('{}\n')
})
