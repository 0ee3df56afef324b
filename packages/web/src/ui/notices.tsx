import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { explain } from '../errors.ts'

interface Notice {
  id: number
  kind: 'done' | 'error'
  text: string
}

let notices: readonly Notice[] = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: readonly Notice[]) {
  notices = next
  for (const listener of listeners) listener()
}

function add(kind: Notice['kind'], text: string, keepMs: number) {
  const id = ++lastId
  change([...notices.slice(-3), { id, kind, text }])
  setTimeout(() => remove(id), keepMs)
}

const remove = (id: number) => change(notices.filter((notice) => notice.id !== id))

/** Short messages about what an action did; what must be read stays on the page instead. */
export const notify = {
  done: (text: string) => add('done', text, 4000),
  error: (text: string) => add('error', text, 8000),
  failure: (error: unknown) => {
    const { title, message } = explain(error)
    add('error', `${title}. ${message}`, 8000)
  },
}

export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => notices,
  )
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2"
    >
      {shown.map((notice) => (
        <div
          key={notice.id}
          className="pointer-events-auto flex animate-pop items-start gap-2.5 rounded-lg bg-raised p-3 text-sm shadow-pop"
        >
          {notice.kind === 'done' ? (
            <CircleCheck size={17} className="mt-0.5 shrink-0 text-ok" aria-hidden />
          ) : (
            <CircleAlert size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
          )}
          <p className="min-w-0 flex-1">{notice.text}</p>
          <button
            type="button"
            aria-label="Dismiss"
            className="-m-1 rounded-sm p-1 text-faint hover:text-ink"
            onClick={() => remove(notice.id)}
          >
            <X size={14} aria-hidden />
          </button>
        </div>
      ))}
    </section>
  )
}
