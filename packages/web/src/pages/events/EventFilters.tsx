import { TriangleAlert, X } from 'lucide-react'
import { Button } from '../../components/Button.tsx'
import { Paused } from '../../components/Paused.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { type EventSearch, isFiltered } from './event-search.ts'

/** The filters of the log; they live in the URL. */
export function EventFilters({
  search,
  onChange,
}: {
  search: EventSearch
  onChange: (search: EventSearch) => void
}) {
  const set = <K extends keyof EventSearch>(name: K, value: EventSearch[K] | '') => {
    const { [name]: _, ...rest } = search
    onChange(value ? { ...rest, [name]: value } : rest)
  }
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <Paused value={search.q ?? ''} onChange={(q) => set('q', q)}>
        {(text, setText) => (
          <SearchInput
            label="Search name, ID or payload"
            value={text}
            onChange={setText}
            className="w-full sm:w-72"
          />
        )}
      </Paused>
      {(['name', 'key'] as const).map((name) => (
        <Paused key={name} value={search[name] ?? ''} onChange={(value) => set(name, value)}>
          {(text, setText) => (
            <input
              aria-label={name === 'name' ? 'Event name' : 'Key'}
              placeholder={name === 'name' ? 'Any name' : 'Any key'}
              className="control w-[calc(50%-0.25rem)] sm:w-40"
              value={text}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Paused>
      ))}
      <Button
        icon={TriangleAlert}
        look={search.failed ? 'primary' : 'plain'}
        aria-pressed={search.failed === true}
        onClick={() => set('failed', !search.failed)}
      >
        Failed
      </Button>
      {isFiltered(search) && (
        <Button look="quiet" size="sm" icon={X} onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </search>
  )
}
