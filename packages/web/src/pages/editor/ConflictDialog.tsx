import { useEffect, useRef } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ScrollRegion } from '../../ui/ScrollRegion.tsx'

/** Shows both versions when another person saved in between, and lets the reader choose. */
export function ConflictDialog({
  path,
  mine,
  theirs,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: {
  path: string
  mine: string
  /** `null` when the file was deleted. */
  theirs: string | null
  onKeepMine: () => void
  onTakeTheirs: () => void
  onClose: () => void
}) {
  const sides = [
    { name: 'Yours', text: mine, other: theirs ?? '' },
    { name: 'Saved version', text: theirs ?? 'The file was deleted.', other: mine },
  ]
  return (
    <Dialog
      title={`${path} was changed by someone else`}
      onClose={onClose}
      className="w-[min(70rem,calc(100vw-2rem))]"
    >
      <div className="grid grid-cols-1 gap-3 md:grid-cols-2">
        {sides.map(({ name, text, other }) => (
          <div key={name} className="min-w-0">
            <h3 className="mb-1 text-sm font-semibold text-muted">{name}</h3>
            <Side name={name} text={text} other={other} />
          </div>
        ))}
      </div>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button data-autofocus onClick={onClose}>
          Keep editing
        </Button>
        <Button onClick={onTakeTheirs}>Discard my changes</Button>
        <Button look="danger" onClick={onKeepMine}>
          Overwrite
        </Button>
      </div>
    </Dialog>
  )
}

/** One side; the lines that the other does not have stand out, the first of them in view. */
function Side({ name, text, other }: { name: string; text: string; other: string }) {
  const others = new Set(other.split('\n'))
  const lines = text.split('\n').map((line) => ({ line, differs: !others.has(line) }))
  const first = lines.findIndex(({ differs }) => differs)
  const mark = useRef<HTMLDivElement>(null)
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' })
  }, [])
  return (
    <ScrollRegion
      label={name}
      className="h-[min(26rem,40vh)] overflow-auto rounded-md border border-line bg-sunken py-3 font-mono text-xs leading-[1.6] whitespace-pre"
    >
      <div className="w-max min-w-full">
        {lines.map(({ line, differs }, at) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            key={at}
            ref={at === first ? mark : undefined}
            className={differs ? 'bg-warn-soft px-3' : 'px-3'}
          >
            {line || ' '}
          </div>
        ))}
      </div>
    </ScrollRegion>
  )
}
