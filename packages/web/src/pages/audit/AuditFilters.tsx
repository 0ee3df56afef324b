import { X } from 'lucide-react'
import { Button } from '../../components/Button.tsx'
import { Paused } from '../../components/Paused.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { type AuditSearch, isFiltered } from './audit-search.ts'

/** The filters of the log; they live in the URL. */
export function AuditFilters({
  search,
  onChange,
}: {
  search: AuditSearch
  onChange: (search: AuditSearch) => void
}) {
  const set = <K extends keyof AuditSearch>(name: K, value: AuditSearch[K] | '') => {
    const { [name]: _, ...rest } = search
    onChange(value ? { ...rest, [name]: value } : rest)
  }
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <Paused value={search.q ?? ''} onChange={(q) => set('q', q)}>
        {(text, setText) => (
          <SearchInput
            label="Search changes and people"
            value={text}
            onChange={setText}
            className="w-full sm:w-64"
          />
        )}
      </Paused>
      {(['actor', 'action'] as const).map((name) => (
        <Paused key={name} value={search[name] ?? ''} onChange={(value) => set(name, value)}>
          {(text, setText) => (
            <input
              aria-label={name === 'actor' ? 'Who' : 'Action'}
              placeholder={name === 'actor' ? 'Anyone' : 'Any action'}
              className="control w-[calc(50%-0.25rem)] sm:w-36"
              value={text}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Paused>
      ))}
      <select
        aria-label="Outcome"
        className="control w-full sm:w-auto"
        value={search.outcome ?? ''}
        onChange={(event) => set('outcome', event.target.value as AuditSearch['outcome'] | '')}
      >
        <option value="">Any outcome</option>
        <option value="success">Succeeded</option>
        <option value="failure">Failed</option>
      </select>
      {(['from', 'to'] as const).map((name) => (
        <input
          key={name}
          type="date"
          aria-label={name === 'from' ? 'From' : 'To'}
          className="control w-[calc(50%-0.25rem)] sm:w-36"
          value={search[name] ?? ''}
          onChange={(event) => set(name, event.target.value)}
        />
      ))}
      {isFiltered(search) && (
        <Button look="quiet" size="sm" icon={X} onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </search>
  )
}
