import type { Json } from '@bifrost/contract'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { formatCount } from '../format.ts'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import { ScrollRegion } from './ScrollRegion.tsx'

/** Members shown at once; the rest comes on demand, so that a result of 8 MB does not stall the page. */
const membersPerStep = 100
const textLengthMax = 2000

/** A JSON value as a tree that opens and closes, with copy. */
export function JsonTree({
  value,
  label,
  openDepth = 2,
}: {
  value: Json
  label: string
  openDepth?: number
}) {
  return (
    <div className="relative rounded-md bg-sunken">
      <div className="absolute top-1.5 right-1.5 z-10">
        <CopyButton text={() => JSON.stringify(value, null, 2)} label={`Copy ${label.toLowerCase()}`} />
      </div>
      <ScrollRegion
        label={label}
        className="max-h-[70vh] overflow-auto p-3 pr-11 font-mono text-sm leading-[1.55]"
      >
        <Node value={value} depth={0} openDepth={openDepth} />
      </ScrollRegion>
    </div>
  )
}

function Node({
  name,
  value,
  depth,
  openDepth,
}: {
  name?: string
  value: Json
  depth: number
  openDepth: number
}) {
  const isBranch = typeof value === 'object' && value !== null
  const entries = isBranch ? Object.entries(value) : []
  const [open, setOpen] = useState(depth < openDepth && entries.length <= membersPerStep)
  const [shown, setShown] = useState(membersPerStep)
  const key = name !== undefined && (
    <>
      <span className="text-accent">{name}</span>
      <span className="text-faint">: </span>
    </>
  )
  if (!isBranch || entries.length === 0)
    return (
      <div className="pl-4 whitespace-pre-wrap [overflow-wrap:anywhere]">
        {key}
        <Leaf value={value} />
      </div>
    )
  const brackets = Array.isArray(value) ? '[]' : '{}'
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="group -ml-0.5 flex items-center rounded-sm pr-1 text-left hover:bg-hover"
      >
        <ChevronRight
          size={13}
          aria-hidden
          className={`mr-[5px] shrink-0 text-faint transition-transform ${open ? 'rotate-90' : ''}`}
        />
        <span>
          {key}
          <span className="text-faint">
            {open
              ? brackets[0]
              : `${brackets[0]} ${formatCount(entries.length, Array.isArray(value) ? 'item' : 'member')} ${brackets[1]}`}
          </span>
        </span>
      </button>
      {open && (
        <>
          <div className="ml-1 border-l border-line pl-2.5">
            {entries.slice(0, shown).map(([member, inner]) => (
              <Node key={member} name={member} value={inner} depth={depth + 1} openDepth={openDepth} />
            ))}
            {entries.length > shown && (
              <Button size="sm" look="quiet" onClick={() => setShown(shown + membersPerStep * 5)}>
                {formatCount(entries.length - shown, 'more', 'more')}
              </Button>
            )}
          </div>
          <div className="pl-4 text-faint">{brackets[1]}</div>
        </>
      )}
    </div>
  )
}

function Leaf({ value }: { value: Json }) {
  const [whole, setWhole] = useState(false)
  if (value === null) return <span className="text-faint">null</span>
  if (typeof value === 'string') {
    const long = value.length > textLengthMax && !whole
    return (
      <>
        <span className="text-ok">"{long ? `${value.slice(0, textLengthMax)}…` : value}"</span>
        {long && (
          <button type="button" className="ml-1 text-accent underline" onClick={() => setWhole(true)}>
            {formatCount(value.length - textLengthMax, 'more character')}
          </button>
        )}
      </>
    )
  }
  if (typeof value === 'object')
    return <span className="text-faint">{Array.isArray(value) ? '[]' : '{}'}</span>
  return (
    <span className={typeof value === 'number' ? 'tabular text-warn' : 'text-live'}>{String(value)}</span>
  )
}
