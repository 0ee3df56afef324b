import { type Integration, type IntegrationMapping, limits, routes } from '@bifrost/contract'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import clsx from 'clsx'
import { ListChecks, RefreshCw } from 'lucide-react'
import { useId, useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import type { Column } from '../../ui/columns.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { PagedView, useItems } from '../../ui/PagedView.tsx'
import { SearchInput } from '../../ui/SearchInput.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { usePausedText } from '../../ui/use-paused-text.ts'
import {
  changesOf,
  choicesOf,
  type Edits,
  type Entity,
  type EntityChoice,
  matchedByName,
  storedEntity,
  withEdit,
} from './mapping-edits.ts'
import { integrationQueries } from './queries.ts'

type Shown = 'all' | 'mapped' | 'unmapped'
const shownChoices: { value: Shown; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'mapped', label: 'Mapped' },
  { value: 'unmapped', label: 'Not mapped' },
]

/** Which organization is which at the service: typed, or chosen of what a data provider lists, and saved together. */
export function Mappings({ integration }: { integration: Integration }) {
  const { id, name, mapping_provider: provider } = integration
  const client = useQueryClient()
  const form = useForm()
  const listId = useId()
  const [search, setSearch] = useState('')
  const [text, setText] = usePausedText(search, setSearch)
  const [shown, setShown] = useState<Shown>('all')
  const [edits, setEdits] = useState<Edits>({})
  const [choices, setChoices] = useState<readonly EntityChoice[]>([])
  const query = useInfiniteQuery(
    integrationQueries.mappings(id, {
      ...(search.trim() ? { search: search.trim() } : {}),
      ...(shown === 'all' ? {} : { mapped: shown === 'mapped' }),
    }),
  )
  const items = useItems(query)
  const changes = changesOf(edits)
  const load = useMutation({
    mutationFn: () => api(routes.executeWorkflow, { params: { id: provider ?? '' }, body: { input: {} } }),
    onSuccess: ({ status, result, error }) => {
      const found = status === 'SUCCESS' ? choicesOf(result ?? null) : null
      if (found) setChoices(found)
      else notify.error(error?.message ?? `${provider} did not return a list of options.`)
    },
    onError: notify.failure,
  })
  const edit = (mapping: IntegrationMapping, change: Partial<Entity>) =>
    setEdits((known) => withEdit(known, mapping, change, choices))
  const entityColumn = (field: keyof Entity, label: string): Column<IntegrationMapping> => ({
    id: `entity_${field}`,
    label,
    narrow: 'line',
    cell: (mapping) => (
      <input
        aria-label={`${label} of ${mapping.organization_name}`}
        className={clsx('control text-sm', field === 'id' && 'font-mono')}
        placeholder={label}
        value={(edits[mapping.organization_id] ?? storedEntity(mapping))[field]}
        onChange={({ target }) => edit(mapping, { [field]: target.value })}
        list={field === 'id' && choices.length > 0 ? listId : undefined}
        maxLength={500}
        autoComplete="off"
        spellCheck={false}
      />
    ),
  })
  const columns: Column<IntegrationMapping>[] = [
    {
      id: 'organization',
      label: 'Organization',
      narrow: 'first',
      cell: (mapping) => <span className="font-medium break-words">{mapping.organization_name}</span>,
    },
    entityColumn('id', 'External ID'),
    entityColumn('name', 'External name'),
  ]
  return (
    <Section title="Mappings">
      <p className="mb-3 max-w-2xl text-sm text-muted">
        Which organization is which at {name}. Runs of an organization get its external ID from here, even if
        the organization has entered another one. The organizations below it inherit the mapping.
      </p>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search mappings"
          value={text}
          onChange={setText}
          className="w-full sm:w-64"
          shortcut={false}
        />
        <SegmentedControl label="Organizations" value={shown} onChange={setShown} options={shownChoices} />
        {provider !== null && (
          <div className="flex flex-wrap items-center gap-2 sm:ml-auto">
            <Button icon={RefreshCw} busy={load.isPending} onClick={() => load.mutate()}>
              {choices.length > 0
                ? `Reload choices (${choices.length.toLocaleString('en-US')})`
                : 'Load choices'}
            </Button>
            {choices.length > 0 && (
              <Button
                icon={ListChecks}
                onClick={() => setEdits((known) => matchedByName(known, items, choices))}
              >
                Match by name
              </Button>
            )}
          </div>
        )}
      </div>
      <datalist id={listId}>
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.name}
          </option>
        ))}
      </datalist>
      <Form
        form={form}
        label="Mappings of organizations"
        save={() => api(routes.putIntegrationMappings, { params: { id }, body: { mappings: changes } })}
        onSaved={async () => {
          setEdits({})
          await client.invalidateQueries({
            queryKey: integrationQueries.mappings(id, {}).queryKey.slice(0, 3),
          })
          await client.invalidateQueries({ queryKey: integrationQueries.one(id).queryKey })
          notify.done(`Mappings of ${name} saved`)
        }}
      >
        {changes.length > 0 && (
          <div className="sticky top-[52px] z-10 flex flex-wrap items-center gap-2 bg-surface py-2 lg:top-0">
            <SubmitButton disabled={changes.length > limits.integrationMappingsPerRequestMax}>
              {changes.length === 1 ? 'Save 1 change' : `Save ${changes.length} changes`}
            </SubmitButton>
            <Button onClick={() => setEdits({})}>Discard</Button>
            {changes.length > limits.integrationMappingsPerRequestMax && (
              <p className="text-sm text-muted">
                At most {limits.integrationMappingsPerRequestMax} changes can be saved at once.
              </p>
            )}
          </div>
        )}
        <PagedView
          query={query}
          empty={<p className="border-t border-line py-3 text-muted">No matching organizations.</p>}
        >
          {(rows) => (
            <DataTable
              label="Mappings of organizations"
              rows={rows}
              columns={columns}
              rowId={({ organization_id }) => organization_id}
            />
          )}
        </PagedView>
      </Form>
    </Section>
  )
}
