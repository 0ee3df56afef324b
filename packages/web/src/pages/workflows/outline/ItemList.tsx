import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { formatCount } from '../../../format.ts'
import { Button } from '../../../ui/Button.tsx'
import type { DrawnItem } from './drawn.ts'

/** More are shown on demand, so that a list of thousands does not stall the page. */
const shownAtFirst = 20

/** The items of a forEach in a run; each opens into the outline of its own pass. */
export function ItemList({
  name,
  items,
  outline,
}: {
  name: string
  items: readonly DrawnItem[]
  /** What an open item shows. */
  outline: (item: DrawnItem) => ReactNode
}) {
  const [shown, setShown] = useState(shownAtFirst)
  const more = Math.min(items.length - shown, shownAtFirst * 5)
  if (items.length === 0) return <p className="text-sm text-faint">The list was empty.</p>
  return (
    <>
      <ol aria-label={`Items of ${name}`} className="rounded-lg border border-line">
        {items.slice(0, shown).map((item) => (
          <Item key={item.key} item={item} outline={outline} />
        ))}
      </ol>
      {more > 0 && (
        <Button
          size="sm"
          look="quiet"
          className="mt-1"
          onClick={() => setShown((before) => before + shownAtFirst * 5)}
        >
          Show {formatCount(more, 'more item')}
        </Button>
      )}
    </>
  )
}

function Item({ item, outline }: { item: DrawnItem; outline: (item: DrawnItem) => ReactNode }) {
  const [open, setOpen] = useState(false)
  const panel = useId()
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? panel : undefined}
        onClick={() => setOpen(!open)}
        className="group flex w-full items-center gap-2 px-3 py-1.5 text-left hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        {item.mark}
        <span className="min-w-0 truncate font-medium">{item.key}</span>
        <ChevronRight
          size={13}
          aria-hidden
          className="shrink-0 text-faint transition-transform group-aria-expanded:rotate-90"
        />
      </button>
      {open && (
        <div id={panel} className="px-3 pt-1 pb-3">
          {outline(item)}
        </div>
      )}
    </li>
  )
}
