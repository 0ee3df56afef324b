import type { ColumnType, Json } from '@bifrost/contract'
import { useState } from 'react'
import { cellText, readCell } from './cell-value.ts'

/** How a person leaves the editor: to the next cell, to this one, or to wherever they clicked. */
export type Leaving = 'onward' | 'stay' | 'elsewhere'

/** One cell while it is edited. Enter and Tab save it, and so does leaving it; Escape does not. */
export function CellEditor({
  field,
  value,
  type,
  onSave,
  onCancel,
}: {
  field: string
  value: Json | undefined
  type: ColumnType | undefined
  onSave: (value: Json | undefined, leaving: Leaving) => void
  onCancel: (leaving: Leaving) => void
}) {
  const [text, setText] = useState(cellText(value))
  const [problem, setProblem] = useState<string>()
  const done = (leaving: Leaving) => {
    if (text === cellText(value)) return onCancel(leaving)
    const read = readCell(text, value, type)
    if (read.ok) onSave(read.value, leaving)
    else setProblem(read.problem)
  }
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to edit this cell
        autoFocus
        className="control -mx-2 -my-1 h-7 w-[calc(100%+1rem)] px-1.5 py-0 text-sm"
        aria-label={`${field}, new value`}
        aria-invalid={problem !== undefined}
        title={problem}
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setText(event.target.value)
          setProblem(undefined)
        }}
        onBlur={() => done('elsewhere')}
        onKeyDown={(event) => {
          event.stopPropagation()
          if (event.key === 'Escape') onCancel('stay')
          if (event.key === 'Enter' || event.key === 'Tab') {
            event.preventDefault()
            done(event.key === 'Tab' ? 'onward' : 'stay')
          }
        }}
      />
      {problem && (
        <span role="alert" className="sr-only">
          {problem}
        </span>
      )}
    </>
  )
}
