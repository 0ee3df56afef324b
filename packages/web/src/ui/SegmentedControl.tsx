import clsx from 'clsx'
import { useId } from 'react'

/** A choice of few, all of them in view; arrow keys move within it. */
export function SegmentedControl<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: readonly { value: Value; label: string; count?: number }[]
  onChange: (value: Value) => void
}) {
  const name = useId()
  return (
    <fieldset className="inline-flex min-w-0 max-w-full overflow-x-auto [scrollbar-width:none] rounded-md bg-sunken p-0.5 ring-1 ring-line">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={clsx(
            'flex h-7 cursor-pointer items-center gap-1.5 rounded-[5px] px-2.5 text-sm font-medium whitespace-nowrap transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent',
            option.value === value
              ? 'bg-raised text-ink shadow-lift ring-1 ring-line'
              : 'text-muted hover:text-ink',
          )}
        >
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
          {option.count !== undefined && <span className="tabular text-xs text-faint">{option.count}</span>}
        </label>
      ))}
    </fieldset>
  )
}
