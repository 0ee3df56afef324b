import { Filter, X } from 'lucide-react'
import { useId, useState } from 'react'
import { Button, IconButton } from '../../ui/Button.tsx'
import { type FilterOperator, filterOperators, needsText, type RowFilter } from './row-filter.ts'

/** Lines of a filter; each takes effect when it is left, or with Enter. */
export function FilterBuilder({
  filters,
  columns,
  onChange,
}: {
  filters: readonly RowFilter[]
  columns: readonly string[]
  onChange: (filters: RowFilter[]) => void
}) {
  const [adding, setAdding] = useState(false)
  const lines = adding ? [...filters, { field: '', operator: 'eq' as const, text: '' }] : filters
  const change = (index: number, next: RowFilter) => {
    if (next.field.trim() === '') return
    if (index >= filters.length) setAdding(false)
    onChange([...filters.slice(0, index), next, ...filters.slice(index + 1)])
  }
  const remove = (index: number) => {
    if (index >= filters.length) setAdding(false)
    else onChange(filters.filter((_, at) => at !== index))
  }
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      {lines.map((filter, index) => (
        <FilterLine
          // biome-ignore lint/suspicious/noArrayIndexKey: a changed filter is a line of its own, and two may be alike
          key={`${index}/${filter.field}/${filter.operator}/${filter.text}`}
          filter={filter}
          columns={columns}
          isNew={index >= filters.length}
          onChange={(next) => change(index, next)}
          onRemove={() => remove(index)}
        />
      ))}
      <Button icon={Filter} disabled={adding} onClick={() => setAdding(true)}>
        Add a filter
      </Button>
    </div>
  )
}

function FilterLine({
  filter,
  columns,
  isNew,
  onChange,
  onRemove,
}: {
  filter: RowFilter
  columns: readonly string[]
  isNew: boolean
  onChange: (filter: RowFilter) => void
  onRemove: () => void
}) {
  const list = useId()
  const [draft, setDraft] = useState(filter)
  const isWhole = draft.field.trim() !== '' && (draft.text !== '' || !needsText(draft.operator))
  const done = (next = draft) => {
    const whole = next.field.trim() !== '' && (next.text !== '' || !needsText(next.operator))
    const isSame =
      next.field === filter.field && next.operator === filter.operator && next.text === filter.text
    if (whole && !isSame) onChange(next)
  }
  return (
    <form
      aria-label={isNew ? 'New filter' : `Filter of ${filter.field}`}
      className="flex min-w-0 flex-wrap items-center gap-1 rounded-md bg-sunken p-1 ring-1 ring-line"
      onSubmit={(event) => {
        event.preventDefault()
        done()
      }}
    >
      <input
        className="control h-7 w-28 py-0 text-sm"
        aria-label="Field"
        placeholder="Field"
        list={list}
        value={draft.field}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this line
        autoFocus={isNew}
        onChange={(event) => setDraft({ ...draft, field: event.target.value })}
        onBlur={() => done()}
      />
      <datalist id={list}>
        {columns.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <select
        className="control h-7 w-auto py-0 text-sm"
        aria-label="Condition"
        value={draft.operator}
        onChange={(event) => {
          const next = { ...draft, operator: event.target.value as FilterOperator }
          setDraft(next)
          done(next)
        }}
      >
        {filterOperators.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {needsText(draft.operator) && (
        <input
          className="control h-7 w-32 py-0 text-sm"
          aria-label="Value"
          placeholder="Value"
          value={draft.text}
          onChange={(event) => setDraft({ ...draft, text: event.target.value })}
          onBlur={() => done()}
        />
      )}
      <button type="submit" className="sr-only" disabled={!isWhole}>
        Apply
      </button>
      <IconButton
        size="sm"
        icon={X}
        label={isNew ? 'Remove the new filter' : `Remove the filter of ${filter.field}`}
        onClick={onRemove}
      />
    </form>
  )
}
