// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { Circle } from 'lucide-react'
import { expect, test } from 'vitest'
import type { Column } from './columns.ts'
import { DataTable } from './DataTable.tsx'
import { FilterBar } from './FilterBar.tsx'
import { FlagFilter, SearchFilter, SelectFilter } from './filters.tsx'
import { defineList, flag, oneOf, text } from './list-search.ts'
import { showPage, tidyUp } from './testing.tsx'
import { useListState } from './use-list-state.ts'

tidyUp()

interface Planet {
  name: string
  moons: number | null
  kind: 'rock' | 'gas'
}

const planets: Planet[] = [
  { name: 'Mars', moons: 2, kind: 'rock' },
  { name: 'Earth', moons: 1, kind: 'rock' },
  { name: 'Saturn', moons: 274, kind: 'gas' },
  { name: 'Venus', moons: null, kind: 'rock' },
]

const planetList = defineList('planets', { q: text, kind: oneOf(['rock', 'gas']), ringed: flag })

const columns: Column<Planet>[] = [
  { id: 'name', label: 'Name', show: 'always', cell: ({ name }) => name, sortBy: ({ name }) => name },
  { id: 'moons', label: 'Moons', cell: ({ moons }) => moons, sortBy: ({ moons }) => moons },
  { id: 'kind', label: 'Kind', show: 'extra', cell: ({ kind }) => kind },
]

function PlanetsPage() {
  const list = useListState(planetList)
  const { q = '', kind } = list.filter
  const shown = planets.filter(
    (planet) => planet.name.toLowerCase().includes(q.toLowerCase()) && (!kind || planet.kind === kind),
  )
  return (
    <>
      <FilterBar list={list} columns={columns}>
        <SearchFilter list={list} name="q" label="Search planets" />
        <SelectFilter list={list} name="kind" label="Kind" any="Any kind" options={[['gas', 'Gas']]} />
        <FlagFilter
          icon={Circle}
          isOn={list.filter.ringed === true}
          onChange={(isOn) => list.set('ringed', isOn || false)}
        >
          With rings
        </FlagFilter>
        <button type="button" onClick={() => list.applyFilter({ kind: 'rock', q: 'a', unknown: 1 })}>
          Apply a saved filter
        </button>
        <output>{JSON.stringify({ list: list.id, filter: list.filter })}</output>
      </FilterBar>
      <DataTable
        list={list}
        label="Planets"
        rows={shown}
        columns={columns}
        rowId={({ name }) => name}
        href={({ name }) => `/planets/${name}`}
        group={({ kind }) => kind}
        details={{ label: ({ name }) => `Details of ${name}`, view: ({ kind }) => `It is of ${kind}.` }}
      />
    </>
  )
}

/** What the rows say in the column of that name. */
const cells = (column: string) => {
  const table = screen.getByRole('table', { name: 'Planets' })
  const headings = within(table).getAllByRole('columnheader')
  const at = headings.findIndex(({ textContent }) => textContent === column)
  return [...table.querySelectorAll('tbody tr')]
    .map((row) => row.querySelectorAll('td')[at]?.textContent)
    .filter((content) => content !== undefined)
}

const heading = (name: string) => screen.getByRole('columnheader', { name })

const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }))

test('a heading sorts up, down and back, says so, and the address keeps it', async () => {
  const { search } = await showPage(PlanetsPage)
  expect(heading('Moons').getAttribute('aria-sort')).toBe('none')
  press('Moons')
  await waitFor(() => expect(search()).toEqual({ sort: 'moons' }))
  // What has no value comes last in both directions.
  expect(cells('Name')).toEqual(['Earth', 'Mars', 'Saturn', 'Venus'])
  expect(heading('Moons').getAttribute('aria-sort')).toBe('ascending')
  press('Moons')
  await waitFor(() => expect(search()).toEqual({ sort: '-moons' }))
  expect(cells('Name')).toEqual(['Saturn', 'Mars', 'Earth', 'Venus'])
  expect(heading('Moons').getAttribute('aria-sort')).toBe('descending')
  press('Moons')
  await waitFor(() => expect(search()).toEqual({}))
  expect(cells('Name')).toEqual(['Mars', 'Earth', 'Saturn', 'Venus'])
})

test('a column that cannot be sorted by has no button, and an order that there is not changes nothing', async () => {
  await showPage(PlanetsPage, '/list?sort=-kind&columns=kind')
  expect(within(heading('Kind')).queryByRole('button')).toBe(null)
  expect(heading('Kind').hasAttribute('aria-sort')).toBe(false)
  expect(cells('Name')).toEqual(['Mars', 'Earth', 'Saturn', 'Venus'])
})

test('columns are chosen in the menu; address and browser keep what differs from the default', async () => {
  const { search } = await showPage(PlanetsPage)
  expect(screen.queryByRole('columnheader', { name: 'Kind' })).toBe(null)
  press('Columns')
  // The column that says what a row is cannot be hidden.
  expect(screen.queryByRole('checkbox', { name: 'Name' })).toBe(null)
  fireEvent.click(screen.getByRole('checkbox', { name: 'Kind' }))
  await waitFor(() => expect(search()).toEqual({ columns: 'kind' }))
  fireEvent.click(screen.getByRole('checkbox', { name: 'Moons' }))
  await waitFor(() => expect(search()).toEqual({ columns: 'kind,-moons' }))
  expect(cells('Kind')).toEqual(['rock', 'rock', 'gas', 'rock'])
  expect(localStorage.getItem('bifrost.columns.planets')).toBe('kind,-moons')
  press('Reset columns')
  await waitFor(() => expect(search()).toEqual({}))
  expect(localStorage.length).toBe(0)
})

test('the next visit has the columns of the last one, and an address with columns wins', async () => {
  localStorage.setItem('bifrost.columns.planets', 'kind')
  const { search } = await showPage(PlanetsPage, '/list?kind=gas')
  expect(cells('Kind')).toEqual(['gas'])
  await waitFor(() => expect(search()).toEqual({ kind: 'gas', columns: 'kind' }))
})

test('an address with columns wins over those of the last visit', async () => {
  localStorage.setItem('bifrost.columns.planets', 'kind')
  await showPage(PlanetsPage, '/list?columns=-moons')
  const headings = [...document.querySelectorAll('thead th')]
  expect(headings.map(({ textContent }) => textContent)).toEqual(['Details', 'Name'])
})

test('filters are in the address, beside what the page itself keeps there, and Clear removes them alone', async () => {
  const { search } = await showPage(PlanetsPage, '/list?tab=all&sort=name')
  fireEvent.change(screen.getByRole('combobox', { name: 'Kind' }), { target: { value: 'gas' } })
  await waitFor(() => expect(search()).toEqual({ tab: 'all', sort: 'name', kind: 'gas' }))
  press('With rings')
  await waitFor(() => expect(search()).toMatchObject({ ringed: 'true' }))
  expect(screen.getByRole('button', { name: 'With rings' }).getAttribute('aria-pressed')).toBe('true')
  press('With rings')
  await waitFor(() => expect(search()).not.toHaveProperty('ringed'))
  press('Clear')
  await waitFor(() => expect(search()).toEqual({ tab: 'all', sort: 'name' }))
  expect(screen.queryByRole('button', { name: 'Clear' })).toBe(null)
})

test('a filter is one plain value, and a saved one replaces it', async () => {
  const { search } = await showPage(PlanetsPage, '/list?ringed=true&kind=gas')
  expect(JSON.parse(screen.getByRole('status').textContent ?? '')).toEqual({
    list: 'planets',
    filter: { kind: 'gas', ringed: true },
  })
  press('Apply a saved filter')
  await waitFor(() => expect(search()).toEqual({ kind: 'rock', q: 'a' }))
  expect(cells('Name')).toEqual(['Mars', 'Earth'])
  expect(screen.getByRole<HTMLInputElement>('searchbox', { name: 'Search planets' }).value).toBe('a')
})

test('typing continues while what was typed before arrives', async () => {
  const { router, search } = await showPage(PlanetsPage)
  const box = screen.getByRole<HTMLInputElement>('searchbox', { name: 'Search planets' })
  fireEvent.change(box, { target: { value: 'ma' } })
  // The moment at which the address has the first letters: more were typed by then.
  const unsubscribe = router.subscribe('onBeforeNavigate', () => {
    unsubscribe()
    fireEvent.change(box, { target: { value: 'mars' } })
  })
  await waitFor(() => expect(search()).toEqual({ q: 'ma' }))
  expect(box.value).toBe('mars')
  await waitFor(() => expect(search()).toEqual({ q: 'mars' }))
  expect(box.value).toBe('mars')
})

test('a row without a value in a column shows a dash', async () => {
  await showPage(PlanetsPage)
  expect(cells('Moons')).toEqual(['2', '1', '274', '–'])
})

test('groups have headings in the order of the list, and none in another one', async () => {
  await showPage(PlanetsPage)
  const groups = () => [...document.querySelectorAll('th[scope=colgroup]')].map((one) => one.textContent)
  expect(groups()).toEqual(['rock', 'gas', 'rock'])
  press('Name')
  await waitFor(() => expect(groups()).toEqual([]))
})

test('a row opens to its details and closes again, one at a time', async () => {
  await showPage(PlanetsPage)
  press('Details of Saturn')
  expect(screen.getByText('It is of gas.')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Details of Saturn' }).getAttribute('aria-expanded')).toBe('true')
  press('Details of Mars')
  expect(screen.queryByText('It is of gas.')).toBe(null)
  press('Details of Mars')
  expect(screen.queryByText('It is of rock.')).toBe(null)
})

test('a click on a row follows it; a click on a button in it does not', async () => {
  const { router } = await showPage(PlanetsPage)
  press('Details of Mars')
  expect(router.state.location.pathname).toBe('/list')
  fireEvent.click(screen.getByRole('cell', { name: 'Mars' }))
  await screen.findByText('Another page')
  expect(router.state.location.pathname).toBe('/planets/Mars')
})

test('j and k and the arrows move between the links of the rows', async () => {
  const linked: Column<Planet>[] = [
    {
      id: 'name',
      label: 'Name',
      cell: ({ name }) => (
        <a data-row-link href={`#${name}`}>
          {name}
        </a>
      ),
    },
  ]
  await showPage(() => (
    <DataTable label="Planets" rows={planets} columns={linked} rowId={({ name }) => name} />
  ))
  const link = (name: string) => screen.getByRole('link', { name })
  link('Mars').focus()
  fireEvent.keyDown(link('Mars'), { key: 'j' })
  expect(document.activeElement).toBe(link('Earth'))
  fireEvent.keyDown(link('Earth'), { key: 'ArrowDown' })
  expect(document.activeElement).toBe(link('Saturn'))
  fireEvent.keyDown(link('Saturn'), { key: 'k' })
  expect(document.activeElement).toBe(link('Earth'))
})
