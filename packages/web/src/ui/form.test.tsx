// @vitest-environment happy-dom
import { ApiError } from '@bifrost/contract'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useForm } from 'react-hook-form'
import { expect, test, vi } from 'vitest'
import { FormDialog } from './Form.tsx'
import { CheckGroupField, PasswordField, SelectField, SwitchField, TextField } from './fields.tsx'
import { tidyUp } from './testing.tsx'

tidyUp()

interface Planet {
  name: string
  moons: string
  days: number
  isHome: boolean
  kinds: string[]
  password: string
}

const planet: Planet = { name: '', moons: '1', days: 30, isHome: false, kinds: ['rock'], password: '' }

function PlanetDialog({
  save,
  onSaved,
  onClose = () => undefined,
}: {
  save: (planet: Planet) => Promise<unknown>
  onSaved?: () => unknown
  onClose?: () => void
}) {
  const form = useForm({ defaultValues: planet })
  const { control } = form
  return (
    <FormDialog
      form={form}
      title="Add a planet"
      confirm="Add"
      names={{ moon_count: 'moons' }}
      save={save}
      {...(onSaved && { onSaved })}
      onClose={onClose}
    >
      <TextField control={control} name="name" label="Name" required focus />
      <TextField
        control={control}
        name="moons"
        label="Moons"
        help="All of them."
        check={(text: string) => (/^\d+$/.test(text) ? undefined : 'Must be a whole number')}
      />
      <SelectField
        control={control}
        name="days"
        label="Expires"
        options={[
          { value: 30, label: 'in 30 days' },
          { value: 0, label: 'never' },
        ]}
      />
      <SwitchField control={control} name="isHome" label="Home" />
      <CheckGroupField
        control={control}
        name="kinds"
        label="Kinds"
        options={[
          { value: 'rock', label: 'Rock' },
          { value: 'gas', label: 'Gas' },
        ]}
        check={(kinds: string[]) => (kinds.length > 0 ? undefined : 'Choose a kind')}
      />
      <PasswordField control={control} name="password" label="Password" isNew />
    </FormDialog>
  )
}

function show(props: Parameters<typeof PlanetDialog>[0]) {
  const client = new QueryClient({ defaultOptions: { mutations: { retry: false } } })
  return render(
    <QueryClientProvider client={client}>
      <PlanetDialog {...props} />
    </QueryClientProvider>,
  )
}

const field = (label: string) => screen.getByLabelText(label, { exact: false }) as HTMLInputElement
const type = (label: string, text: string) => fireEvent.change(field(label), { target: { value: text } })
const submit = () => fireEvent.submit(field('Name').form as HTMLFormElement)
const addButton = () => screen.getByRole('button', { name: 'Add', hidden: true }) as HTMLButtonElement

/** A refusal of the API that names fields. */
const refusal = (...fields: { field: string; message: string }[]) =>
  new ApiError(422, 'validation_failed', 'name: is taken', fields, 'r1')

test('the values arrive as they are: text, numbers of a choice, switches and lists', async () => {
  const save = vi.fn(async () => undefined)
  const onSaved = vi.fn()
  show({ save, onSaved })
  type('Name', 'Mars')
  fireEvent.change(field('Expires'), { target: { value: '0' } })
  fireEvent.click(field('Home'))
  fireEvent.click(field('Gas'))
  submit()
  await waitFor(() => expect(onSaved).toHaveBeenCalledOnce())
  expect(save.mock.calls[0]?.[0 as never]).toEqual({
    ...planet,
    name: 'Mars',
    days: 0,
    isHome: true,
    kinds: ['rock', 'gas'],
  })
})

test('what is wrong is said at its field, and nothing is sent', async () => {
  const save = vi.fn(async () => undefined)
  show({ save })
  type('Moons', 'many')
  fireEvent.click(field('Rock'))
  submit()
  const problem = await screen.findByText('Must be a whole number')
  expect(field('Moons').getAttribute('aria-invalid')).toBe('true')
  expect(field('Moons').getAttribute('aria-describedby')?.split(' ')).toContain(problem.id)
  expect(screen.getByText('Choose a kind')).toBeTruthy()
  expect(save).not.toHaveBeenCalled()

  type('Moons', '2')
  await waitFor(() => expect(screen.queryByText('Must be a whole number')).toBe(null))
})

test('an error of the API is at the field that it names, also under another name or for a part of it', async () => {
  const errors = [
    { field: 'name', message: 'is taken' },
    { field: 'moon_count', message: 'are too many' },
    { field: 'kinds.0', message: 'is no kind' },
  ]
  show({ save: () => Promise.reject(refusal(...errors)) })
  submit()
  expect((await screen.findByText('is taken')).id).toBe(`${field('Name').id}-problem`)
  expect(screen.getByText('are too many').id).toBe(`${field('Moons').id}-problem`)
  expect(screen.getByText('is no kind')).toBeTruthy()
  expect(screen.queryByRole('alert', { hidden: true })).toBe(null)
  expect(document.activeElement).toBe(field('Name'))
})

test('every other error is above the fields, until the form is sent again', async () => {
  const save = vi.fn(() => Promise.reject<unknown>(refusal({ field: 'galaxy', message: 'is unknown' })))
  show({ save })
  submit()
  expect((await screen.findByRole('alert', { hidden: true })).textContent).toBe('name: is taken')
  save.mockImplementation(async () => undefined)
  submit()
  await waitFor(() => expect(screen.queryByRole('alert', { hidden: true })).toBe(null))
})

test('the form is busy until everything is done, and is not sent twice', async () => {
  const done = Promise.withResolvers<void>()
  const save = vi.fn(async () => undefined)
  show({ save, onSaved: () => done.promise })
  submit()
  await waitFor(() => expect(save).toHaveBeenCalledOnce())
  expect(addButton().disabled).toBe(true)
  expect(addButton().getAttribute('aria-busy')).toBe('true')
  submit()
  done.resolve()
  await waitFor(() => expect(addButton().disabled).toBe(false))
  expect(save).toHaveBeenCalledOnce()
})

test('it closes on Escape, on the buttons and on a click beside it; a click within does not', () => {
  const onClose = vi.fn()
  show({ save: async () => undefined, onClose })
  const dialog = screen.getByRole('dialog', { name: 'Add a planet', hidden: true })
  expect((dialog as HTMLDialogElement).open).toBe(true)
  fireEvent(dialog, new Event('cancel', { cancelable: true }))
  expect(onClose).toHaveBeenCalledTimes(1)
  for (const name of ['Cancel', 'Close']) fireEvent.click(screen.getByRole('button', { name, hidden: true }))
  expect(onClose).toHaveBeenCalledTimes(3)
  fireEvent.click(field('Name'))
  expect(onClose).toHaveBeenCalledTimes(3)
  fireEvent.click(dialog)
  expect(onClose).toHaveBeenCalledTimes(4)
})

test('the focus is in the field that asks for it', () => {
  show({ save: async () => undefined })
  expect(document.activeElement).toBe(field('Name'))
})

test('a new password says what it has to be like, and how much is missing', () => {
  show({ save: async () => undefined })
  const password = field('Password')
  expect([password.type, password.autocomplete, password.required]).toEqual([
    'password',
    'new-password',
    true,
  ])
  expect(password.minLength).toBe(12)
  type('Password', 'four')
  expect(screen.getByText('8 more')).toBeTruthy()
  type('Password', 'a few random words')
  expect(screen.queryByText(/ more$/)).toBe(null)
})
