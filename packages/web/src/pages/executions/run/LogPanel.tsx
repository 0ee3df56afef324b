import type { LogLevel, LogLine } from '@bifrost/contract'
import { useVirtualizer } from '@tanstack/react-virtual'
import clsx from 'clsx'
import { ArrowDownToLine, Clock, Download, WrapText } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { formatNumber } from '../../../format.ts'
import { IconButton } from '../../../ui/Button.tsx'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { SearchInput } from '../../../ui/SearchInput.tsx'
import { LevelFilter } from './LevelFilter.tsx'
import { LogRow } from './LogRow.tsx'
import { countLevels, filterLines, linesToText } from './log-filter.ts'
import { saveAs } from './save-as.ts'

const rowHeightPx = 21
const atEndPx = 24

/** The lines of a run as they come: levels, search, follow. Only the rows in view exist. */
export function LogPanel({
  lines,
  live,
  waiting,
  fileName,
}: {
  lines: readonly LogLine[]
  live: boolean
  waiting: boolean
  fileName: string
}) {
  const [hidden, setHidden] = useState<ReadonlySet<LogLevel>>(new Set())
  const [search, setSearch] = useState('')
  const [follow, setFollow] = useState(live)
  const [times, setTimes] = useState(true)
  const [wrap, setWrap] = useState(true)
  const text = useDeferredValue(search)
  const shown = useMemo(() => filterLines(lines, hidden, text), [lines, hidden, text])
  const counts = useMemo(() => countLevels(lines), [lines])
  const box = useRef<HTMLDivElement>(null)

  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (at) => shown[at]?.seq ?? at,
    overscan: 20,
  })

  useEffect(() => {
    if (follow && shown.length > 0) rows.scrollToIndex(shown.length - 1, { align: 'end' })
  }, [follow, shown.length, rows])
  // biome-ignore lint/correctness/useExhaustiveDependencies: wrapping changes every height
  useEffect(() => rows.measure(), [wrap])

  const onScroll = () => {
    const element = box.current
    if (!element) return
    const fromEnd = element.scrollHeight - element.scrollTop - element.clientHeight
    if (live && fromEnd < atEndPx) setFollow(true)
  }

  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search logs"
          shortcut={false}
          value={search}
          onChange={setSearch}
          className="min-w-32 flex-1 basis-40"
        />
        <span className="flex items-center gap-0.5">
          <IconButton
            label="Follow new lines"
            icon={ArrowDownToLine}
            aria-pressed={follow}
            onClick={() => setFollow(!follow)}
          />
          <IconButton label="Show times" icon={Clock} aria-pressed={times} onClick={() => setTimes(!times)} />
          <IconButton
            label="Wrap long lines"
            icon={WrapText}
            aria-pressed={wrap}
            onClick={() => setWrap(!wrap)}
          />
          <IconButton
            label="Download"
            icon={Download}
            disabled={shown.length === 0}
            onClick={() => saveAs(fileName, new Blob([linesToText(shown)], { type: 'text/plain' }))}
          />
          <CopyButton text={() => linesToText(shown)} label="Copy the lines" />
        </span>
        <LevelFilter counts={counts} hidden={hidden} onChange={setHidden} />
      </div>
      <div
        ref={box}
        role="log"
        aria-label="Log lines"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        onWheel={(event) => event.deltaY < 0 && setFollow(false)}
        onTouchMove={() => setFollow(false)}
        onKeyDown={(event) => {
          if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) setFollow(false)
          if (event.key === 'End') setFollow(true)
        }}
        className="max-h-[max(16rem,min(44rem,calc(100dvh-23rem)))] min-h-48 overflow-auto rounded-lg border border-line bg-sunken py-1.5 font-mono text-xs"
      >
        {shown.length === 0 ? (
          <p className="px-4 py-3 font-sans text-sm text-faint">{emptyText(lines.length, live, waiting)}</p>
        ) : (
          <div
            className={clsx('relative', wrap ? 'w-full' : 'w-max min-w-full')}
            style={{ height: rows.getTotalSize() }}
          >
            {rows.getVirtualItems().map((row) => {
              const line = shown[row.index]
              return line ? (
                <div
                  key={row.key}
                  ref={rows.measureElement}
                  data-index={row.index}
                  className={clsx('absolute top-0 left-0', wrap ? 'w-full' : 'w-max min-w-full')}
                  style={{ transform: `translateY(${row.start}px)` }}
                >
                  <LogRow line={line} times={times} wrap={wrap} mark={text.trim()} />
                </div>
              ) : null
            })}
          </div>
        )}
      </div>
      {shown.length !== lines.length && (
        <p className="mt-1.5 text-xs text-faint">
          {formatNumber(shown.length)} of {formatNumber(lines.length)} lines
        </p>
      )}
    </div>
  )
}

function emptyText(all: number, live: boolean, waiting: boolean): string {
  if (all > 0) return 'No matching lines.'
  if (waiting) return 'Reading the log…'
  return live ? 'Nothing logged so far.' : 'The run logged nothing.'
}
