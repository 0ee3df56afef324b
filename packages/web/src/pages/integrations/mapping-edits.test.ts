import type { IntegrationMapping } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { changesOf, choicesOf, type Edits, matchedByName, withEdit } from './mapping-edits.ts'

const organization = (name: string, entity_id: string | null = null): IntegrationMapping => ({
  organization_id: name,
  organization_name: name,
  path: [name],
  entity_id,
  entity_name: null,
  updated_at: null,
})
const CHOICES = [
  { id: 't-1', name: 'Contoso' },
  { id: 't-2', name: 'Fabrikam' },
  { id: 't-3', name: 'fabrikam' },
]

test('what is typed again as it is stored is no change', () => {
  const contoso = organization('Contoso', 't-1')
  const edited = withEdit({}, contoso, { id: 'x' }, [])
  expect(edited).toEqual({ Contoso: { id: 'x', name: '' } })
  expect(withEdit(edited, contoso, { id: 't-1' }, [])).toEqual({})
})

test('a choice brings its name', () => {
  expect(withEdit({}, organization('A'), { id: 't-1' }, CHOICES)).toEqual({
    A: { id: 't-1', name: 'Contoso' },
  })
})

test('names match organizations that have no ID, where one choice has the name', () => {
  const edits: Edits = { Typed: { id: 'mine', name: '' } }
  const mappings = [organization('contoso '), organization('Fabrikam'), organization('Contoso', 'old')]
  expect(matchedByName(edits, mappings, CHOICES)).toEqual({
    ...edits,
    'contoso ': { id: 't-1', name: 'Contoso' },
  })
})

test('an empty ID deletes the mapping', () => {
  expect(changesOf({ A: { id: ' t-1 ', name: '' }, B: { id: ' ', name: '' } })).toEqual([
    { organization_id: 'A', entity_id: 't-1', entity_name: null },
    { organization_id: 'B', entity_id: null, entity_name: null },
  ])
})

test('options of a data provider are choices, others are left out', () => {
  expect(
    choicesOf([{ label: 'One', value: 1 }, { value: 'two' }, { label: 'x', value: true }, null]),
  ).toEqual([
    { id: '1', name: 'One' },
    { id: 'two', name: 'two' },
  ])
  expect(choicesOf({ items: [] })).toBeNull()
})
