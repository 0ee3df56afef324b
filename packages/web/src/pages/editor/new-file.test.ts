import { expect, test } from 'vitest'
import { newFileContent } from './new-file.ts'

test('a new TypeScript file defines a workflow named after it', () => {
  expect(newFileContent('users/new-user.ts')).toContain('export const newUser = workflow(')
  expect(newFileContent('Order_sync2.ts')).toContain('export const orderSync2 = workflow(')
  expect(newFileContent('42.ts')).toContain('export const newWorkflow = workflow(')
})

test('helpers and other files start empty', () => {
  expect(newFileContent('users/_client.ts')).toBe('')
  expect(newFileContent('notes.md')).toBe('')
  expect(newFileContent('data/a.json')).toBe('{}\n')
})
