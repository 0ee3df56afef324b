import { type LucideIcon, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { SearchInput } from './SearchInput.tsx'
import type { ListState } from './use-list-state.ts'
import { usePausedText } from './use-paused-text.ts'

/** Members of a filter whose values are texts. */
type TextName<Filter> = {
  [Name in keyof Filter & string]-?: NonNullable<Filter[Name]> extends string ? Name : never
}[keyof Filter & string]

interface FilterProps<Filter> {
  list: ListState<Filter>
  name: TextName<Filter>
  label: string
  className?: string
}

function useTextFilter<Filter>({ list, name }: Pick<FilterProps<Filter>, 'list' | 'name'>) {
  return {
    value: (list.filter[name] as string | undefined) ?? '',
    set: (value: string) => list.set(name, value as Filter[TextName<Filter>]),
  }
}

export function SearchFilter<Filter>({ className = 'w-full sm:w-64', label, ...of }: FilterProps<Filter>) {
  const { value, set } = useTextFilter(of)
  const [text, setText] = usePausedText(value, set)
  return <SearchInput label={label} value={text} onChange={setText} className={className} />
}

/** A word that is typed, such as a name; `any` says what an empty one means. */
export function TextFilter<Filter>({
  any,
  label,
  className = 'w-[calc(50%-0.25rem)] sm:w-40',
  ...of
}: FilterProps<Filter> & { any: string }) {
  const { value, set } = useTextFilter(of)
  const [text, setText] = usePausedText(value, set)
  return (
    <input
      aria-label={label}
      placeholder={any}
      className={`control ${className}`}
      value={text}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
    />
  )
}

/** One of few; `any` is the choice of none. */
export function SelectFilter<Filter>({
  any,
  options,
  label,
  className = 'w-auto max-w-52',
  ...of
}: FilterProps<Filter> & { any: string; options: Iterable<readonly [value: string, label: ReactNode]> }) {
  const { value, set } = useTextFilter(of)
  return (
    <select
      aria-label={label}
      className={`control ${className}`}
      value={value}
      onChange={(event) => set(event.target.value)}
    >
      <option value="">{any}</option>
      {[...options].map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  )
}

/** The first and the last day, both included, where the list has `from` and `to`. */
export function DaysFilter<Filter extends { from?: string; to?: string }>({
  list,
}: {
  list: ListState<Filter>
}) {
  const { from, to } = list.filter
  return (
    <span className="flex items-center gap-1.5 text-sm text-faint max-sm:w-full">
      <input
        type="date"
        aria-label="From day"
        className="control max-sm:min-w-0 max-sm:flex-1 sm:w-[8.75rem]"
        value={from ?? ''}
        max={to}
        onChange={(event) => list.set('from', event.target.value as Filter['from'])}
      />
      to
      <input
        type="date"
        aria-label="To day"
        className="control max-sm:min-w-0 max-sm:flex-1 sm:w-[8.75rem]"
        value={to ?? ''}
        min={from}
        onChange={(event) => list.set('to', event.target.value as Filter['to'])}
      />
    </span>
  )
}

export function FlagFilter({
  icon,
  isOn,
  onChange,
  children,
}: {
  icon: LucideIcon
  isOn: boolean
  onChange: (isOn: boolean) => void
  children: ReactNode
}) {
  return (
    <Button icon={icon} look={isOn ? 'primary' : 'plain'} aria-pressed={isOn} onClick={() => onChange(!isOn)}>
      {children}
    </Button>
  )
}

/** A filter that came by a link and can only be removed. */
export function GivenFilter({ children, onRemove }: { children: ReactNode; onRemove: () => void }) {
  return (
    <Button size="sm" icon={X} onClick={onRemove} title="Remove this filter">
      {children}
    </Button>
  )
}
