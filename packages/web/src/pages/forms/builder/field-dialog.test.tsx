// @vitest-environment happy-dom
import type { FormField } from '@bifrost/contract'
import { fireEvent, screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { showPage, tidyUp } from '../../../ui/testing.tsx'
import { FieldDialog } from './FieldDialog.tsx'

tidyUp()

const save = vi.fn<(field: FormField) => void>()
const show = (field: FormField) =>
  showPage(() => <FieldDialog field={field} at={0} fields={[]} onSave={save} onClose={() => undefined} />)
const control = (label: string | RegExp) => screen.getByLabelText(label) as HTMLInputElement
const type = (label: string | RegExp, value: string) =>
  fireEvent.change(control(label), { target: { value } })
const apply = () => fireEvent.click(screen.getByRole('button', { name: 'Apply' }))
const problemOf = (label: string | RegExp) => {
  const notes = (control(label).getAttribute('aria-describedby') ?? '').split(' ')
  return notes.map((id) => document.getElementById(id)?.textContent).join(' ')
}

test('the name follows the label of a new field until it is typed', async () => {
  await show({ name: 'field', type: 'text', label: '' })
  type(/^Label/, 'First day')
  await waitFor(() => expect(control(/^Name/).value).toBe('first_day'))
  type(/^Name/, 'start')
  type(/^Label/, 'First day of work')
  apply()
  await waitFor(() => expect(save).toHaveBeenCalled())
  expect(save.mock.lastCall?.[0]).toMatchObject({ name: 'start', label: 'First day of work' })
})

test('what does not fit stands at its setting, and nothing is applied', async () => {
  save.mockClear()
  await show({ name: 'seats', type: 'number', label: '' })
  type(/^At least/, 'many')
  apply()
  await waitFor(() => expect(problemOf(/^At least/)).toContain('must be a number'))
  expect(problemOf(/^Label/)).toContain('is required')
  type(/^Show only if/, 'fields.kind ==')
  await waitFor(() => expect(problemOf(/^Show only if/)).toContain('the end is not a value'))
  expect(save).not.toHaveBeenCalled()
})

test('what belongs to no setting in view stands above them', async () => {
  await show({ name: 'seats', type: 'number', label: 'Seats', default_expression: 'context.' })
  apply()
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('default_expression'))
})
