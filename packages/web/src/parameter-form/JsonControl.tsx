import { Button } from '../ui/Button.tsx'
import type { TypedProps } from './FieldGroup.tsx'

/** JSON by hand: its mistakes show at once while leaving the field, and it can be laid out. */
export function JsonControl({ typed, onChange }: { typed: TypedProps; onChange: (text: string) => void }) {
  const rows = Math.min(16, Math.max(4, typed.value.split('\n').length + 1))
  const tidy = tidied(typed.value)
  return (
    <div className="relative">
      <textarea
        className="control block resize-y font-mono text-sm"
        rows={rows}
        spellCheck={false}
        placeholder={'{ "key": "value" }'}
        {...typed}
        onChange={(event) => onChange(event.target.value)}
      />
      {tidy !== null && tidy !== typed.value && (
        <Button
          look="quiet"
          size="sm"
          className="absolute right-1.5 bottom-1.5 bg-surface"
          onClick={() => onChange(tidy)}
        >
          Format
        </Button>
      )}
    </div>
  )
}

function tidied(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return null
  }
}
