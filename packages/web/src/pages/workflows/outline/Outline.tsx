import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import type { DrawnLane, DrawnNode } from './drawn.ts'
import { ItemList } from './ItemList.tsx'
import { kindLooks, laneTitle } from './kinds.ts'

/** A graph from its first node to its last, each below the one before; ways that lie beside each other stand beside each other. */
export function Outline({ label, nodes }: { label: string; nodes: readonly DrawnNode[] }) {
  if (nodes.length === 0) return <p className="px-2 py-1.5 text-sm text-faint">No steps here.</p>
  return (
    <ol aria-label={label} className="@container min-w-0">
      {nodes.map((node) => (
        <OutlineNode key={node.name} node={node} />
      ))}
    </ol>
  )
}

function OutlineNode({ node }: { node: DrawnNode }) {
  const { kind, name, mark, note, details, faded, lanes, items } = node
  const [open, setOpen] = useState(false)
  const panel = useId()
  const { icon: Icon, word } = kindLooks[kind]
  const head = (
    <>
      <span className="grid size-6 shrink-0 place-items-center rounded-full border border-line bg-raised text-faint">
        {mark ?? <Icon size={13} aria-hidden />}
      </span>
      <span className="min-w-0 flex-1 py-0.5">
        <Title node={node} />
        {details && (
          <ChevronRight
            size={13}
            aria-hidden
            className="ml-1 inline-block text-faint transition-transform group-aria-expanded:rotate-90"
          />
        )}
      </span>
      {note && <span className="tabular shrink-0 py-0.5 text-right text-sm text-muted">{note}</span>}
    </>
  )
  return (
    <li
      className={clsx(
        'relative pb-2 last:pb-0',
        'before:absolute before:top-1 before:bottom-0 before:left-[0.75rem] before:w-px before:bg-line last:before:hidden',
        faded && 'text-faint',
      )}
    >
      {details ? (
        <button
          type="button"
          aria-expanded={open}
          aria-controls={open ? panel : undefined}
          onClick={() => setOpen(!open)}
          className="group relative flex w-full items-start gap-2.5 rounded-md text-left hover:bg-hover"
        >
          {head}
        </button>
      ) : (
        <div className="relative flex items-start gap-2.5">{head}</div>
      )}
      {open && details && (
        <div id={panel} className="relative mt-2 ml-8.5 min-w-0">
          {details()}
        </div>
      )}
      {items && (
        <div className="relative mt-1.5 ml-8.5">
          <ItemList
            name={name}
            items={items}
            outline={(item) => <Outline label={`Steps of ${item.key}`} nodes={item.nodes()} />}
          />
        </div>
      )}
      {lanes.length > 0 && (
        <ul
          aria-label={`${word} ${name}`}
          className={clsx(
            'relative mt-1.5 ml-8.5 grid gap-2',
            kind !== 'forEach' && '@lg:grid-cols-[repeat(auto-fit,minmax(13rem,1fr))]',
          )}
        >
          {lanes.map((lane, index) => (
            <Lane key={lane.label ?? `else ${index}`} lane={lane} node={node} index={index} />
          ))}
        </ul>
      )}
    </li>
  )
}

/** A step is its name; a decision is its question, a repetition its list. */
function Title({ node: { kind, name, text, concurrency, faded } }: { node: DrawnNode }) {
  const { word } = kindLooks[kind]
  const ownName = !isCounted(kind, name)
  return (
    <span className="[overflow-wrap:anywhere]">
      {kind === 'step' ? (
        <span className="sr-only">{word} </span>
      ) : (
        <span className={clsx('text-sm', faded ? 'text-faint' : 'text-muted')}>{word} </span>
      )}
      {ownName && <span className="font-medium">{name}</span>}
      {text && <span className="ml-1 font-mono text-xs text-muted">{text}</span>}
      {concurrency !== null && concurrency > 1 && (
        <span className="ml-1.5 text-xs text-faint">{concurrency} at once</span>
      )}
    </span>
  )
}

/** Whether the name is only a number that the SDK gave, such as `if 2`. */
const isCounted = (kind: DrawnNode['kind'], name: string): boolean =>
  kind === 'unread' || name === kind || name.startsWith(`${kind} `)

function Lane({ lane, node, index }: { lane: DrawnLane; node: DrawnNode; index: number }) {
  const { word, question } = laneTitle(node, lane, index)
  const notTaken = lane.taken === false
  return (
    <li
      className={clsx(
        'min-w-0 rounded-lg border px-3 py-2.5',
        lane.taken ? 'border-edge bg-surface' : 'border-line',
        notTaken && 'border-dashed text-faint',
      )}
    >
      {word && (
        <p className="mb-2 flex flex-wrap items-baseline gap-x-1.5 text-sm">
          <span className={notTaken ? 'text-faint' : 'text-muted'}>{word}</span>
          {question && <span className="font-mono text-xs [overflow-wrap:anywhere]">{question}</span>}
          {notTaken && <span className="ml-auto text-xs">not taken</span>}
        </p>
      )}
      <Outline label={`${word || 'For each'} ${question ?? ''}`.trim()} nodes={lane.nodes} />
    </li>
  )
}
