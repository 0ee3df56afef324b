import type { IntegrationMapping, Json } from '@bifrost/contract'

/** What was typed for one organization. */
export interface Entity {
  id: string
  name: string
}

/** Only organizations whose mapping was changed and not saved, by id. */
export type Edits = Readonly<Record<string, Entity>>

/** One of what organizations can be at the service. */
export interface EntityChoice {
  id: string
  name: string
}

/** As the API has it. */
export const storedEntity = ({ entity_id, entity_name }: IntegrationMapping): Entity => ({
  id: entity_id ?? '',
  name: entity_name ?? '',
})

/** The edits with one more; what is as it is stored is none. A choice that is known brings its name. */
export function withEdit(
  edits: Edits,
  mapping: IntegrationMapping,
  change: Partial<Entity>,
  choices: readonly EntityChoice[],
): Edits {
  const stored = storedEntity(mapping)
  const choice = change.id === undefined ? undefined : choices.find(({ id }) => id === change.id)
  const entity = {
    ...(edits[mapping.organization_id] ?? stored),
    ...change,
    ...(choice ? { name: choice.name } : {}),
  }
  const { [mapping.organization_id]: _, ...others } = edits
  return entity.id === stored.id && entity.name === stored.name
    ? others
    : { ...others, [mapping.organization_id]: entity }
}

/** Edits for the organizations without an ID whose name is that of one choice, and of no second one. */
export function matchedByName(
  edits: Edits,
  mappings: readonly IntegrationMapping[],
  choices: readonly EntityChoice[],
): Edits {
  const byName = Map.groupBy(choices, ({ name }) => plain(name))
  return mappings.reduce((known, mapping) => {
    const { id } = known[mapping.organization_id] ?? storedEntity(mapping)
    const [choice, another] = byName.get(plain(mapping.organization_name)) ?? []
    return id === '' && choice && !another ? withEdit(known, mapping, { id: choice.id }, choices) : known
  }, edits)
}

const plain = (name: string): string => name.trim().toLowerCase()

/** The edits as the API takes them. An empty ID deletes the mapping. */
export const changesOf = (edits: Edits) =>
  Object.entries(edits).map(([organization_id, { id, name }]) => ({
    organization_id,
    entity_id: id.trim() || null,
    entity_name: name.trim() || null,
  }))

/** What a data provider has answered; null when that is no list of options. */
export function choicesOf(result: Json): EntityChoice[] | null {
  if (!Array.isArray(result)) return null
  return result.flatMap((option) => {
    if (typeof option !== 'object' || option === null || Array.isArray(option)) return []
    const { value, label } = option
    const id = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
    return id === '' ? [] : [{ id, name: typeof label === 'string' ? label : id }]
  })
}
