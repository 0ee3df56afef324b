// @vitest-environment happy-dom
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { act, fireEvent, screen } from '@testing-library/react'
import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { PagedView } from './PagedView.tsx'
import { type AnyQuery, QueryView } from './QueryView.tsx'
import { showPage, tidyUp } from './testing.tsx'

tidyUp()

interface Fruit {
  items: string[]
}

const refetch = vi.fn(async () => undefined)
const query = (more: Partial<AnyQuery<Fruit>>): AnyQuery<Fruit> =>
  ({
    data: undefined,
    error: null,
    isError: false,
    isPlaceholderData: false,
    refetch,
    ...more,
  }) as AnyQuery<Fruit>

const show = (state: Partial<AnyQuery<Fruit>>, isInline = false) =>
  showPage(() => (
    <QueryView query={query(state)} empty="No fruit" isInline={isInline}>
      {({ items }) => items.join(' and ')}
    </QueryView>
  ))

test('while it is on the way there are lines', async () => {
  await show({})
  expect(screen.getByRole('status', { name: 'Loading' })).toBeTruthy()
})

test('what was read is there, and what is empty says so', async () => {
  await show({ data: { items: ['apple', 'pear'] } })
  expect(screen.getByText('apple and pear')).toBeTruthy()
})

test('what is empty says so', async () => {
  await show({ data: { items: [] } })
  expect(screen.getByText('No fruit')).toBeTruthy()
})

test('an error says what happened and can be tried again', async () => {
  await show({ isError: true, error: new Error('The tree fell') })
  expect(screen.getByRole('alert').textContent).toContain('Try again')
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(refetch).toHaveBeenCalledOnce()
})

test('in a dialog an error is a line', async () => {
  await show({ isError: true, error: new Error('The tree fell') }, true)
  expect(screen.getByRole('alert')).toBeTruthy()
  expect(screen.queryByRole('button')).toBe(null)
})

test('what was read before stays when reading it again fails', async () => {
  await show({ data: { items: ['apple'] }, isError: true, error: new Error('The tree fell') })
  expect(screen.getByRole('alert')).toBeTruthy()
  expect(screen.getByText('apple')).toBeTruthy()
})

test('where an error has its own words, they replace also what was read before', async () => {
  await showPage(() => (
    <QueryView
      query={query({ data: { items: ['apple'] }, isError: true, error: new Error('The tree fell') })}
      failed={({ message }) => <p>No fruit today: {message}</p>}
    >
      {({ items }) => items.join(' and ')}
    </QueryView>
  ))
  expect(screen.getByText('No fruit today: The tree fell')).toBeTruthy()
  expect(screen.queryByText('apple')).toBe(null)
  expect(screen.queryByRole('alert')).toBe(null)
})

test('what has the focus keeps it while another filter is read', async () => {
  let read: (isPlaceholderData: boolean) => void = () => {}
  await showPage(() => {
    const [isPlaceholderData, setPlaceholder] = useState(false)
    read = setPlaceholder
    return (
      <QueryView query={query({ data: { items: ['apple'] }, isPlaceholderData })}>
        {({ items: [name] }) => <button type="button">{name}</button>}
      </QueryView>
    )
  })
  const button = screen.getByRole('button', { name: 'apple' })
  button.focus()
  act(() => read(true))
  expect(button.parentElement?.getAttribute('aria-busy')).toBe('true')
  expect(document.activeElement).toBe(button)
})

test('what is from another filter is marked as busy', async () => {
  await show({ data: { items: ['apple'] }, isPlaceholderData: true })
  expect(screen.getByText('apple').getAttribute('aria-busy')).toBe('true')
})

const paged = (hasNextPage: boolean, fetchNextPage: () => Promise<unknown>) =>
  ({
    ...query({}),
    data: { pages: [{ items: ['apple'] }, { items: ['pear'] }], pageParams: [null, 'x'] },
    hasNextPage,
    fetchNextPage,
    isFetchingNextPage: false,
    isFetchNextPageError: false,
  }) as unknown as UseInfiniteQueryResult<InfiniteData<Fruit>>

test('pages are one list, and the next one comes by the button', async () => {
  const more = vi.fn(async () => undefined)
  await showPage(() => (
    <PagedView query={paged(true, more)} empty="No fruit">
      {(items) => items.join(' and ')}
    </PagedView>
  ))
  expect(screen.getByText(/apple and pear/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Load more' }))
  expect(more).toHaveBeenCalledOnce()
})

test('the last page says that it is the last', async () => {
  await showPage(() => (
    <PagedView query={paged(false, async () => undefined)} empty="No fruit">
      {(items) => items.join(' and ')}
    </PagedView>
  ))
  expect(screen.getByText('End of list')).toBeTruthy()
})
