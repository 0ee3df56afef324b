import { Search, X } from 'lucide-react'
import { useEffect, useRef } from 'react'

/** A search box that `/` reaches from anywhere on the page. */
export function SearchInput({
  label,
  value,
  onChange,
  className,
  shortcut = true,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  className?: string
  shortcut?: boolean
}) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!shortcut) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event.target)) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [shortcut])
  return (
    <div className={className}>
      <div className="relative">
        <Search
          size={15}
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
        />
        <input
          ref={input}
          type="search"
          aria-label={label}
          placeholder={label}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            if (value) onChange('')
            else input.current?.blur()
          }}
          className="control pr-8 pl-8"
        />
        {value ? (
          <button
            type="button"
            aria-label="Clear search"
            className="absolute top-1/2 right-1.5 -translate-y-1/2 rounded-sm p-1 text-faint hover:text-ink"
            onClick={() => {
              onChange('')
              input.current?.focus()
            }}
          >
            <X size={14} aria-hidden />
          </button>
        ) : (
          shortcut && (
            <kbd
              aria-hidden
              className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded-sm border border-line px-1.5 font-mono text-2xs text-faint"
            >
              /
            </kbd>
          )
        )}
      </div>
    </div>
  )
}

/** Whether a key press belongs to a field, and is no shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, dialog[open]') !== null)
  )
}
