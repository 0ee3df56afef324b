import clsx from 'clsx'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './Button.tsx'

/**
 * A modal dialog on the browser's own element, which keeps the focus inside, makes the rest inert and closes on Escape.
 * It exists only while open, so that its content starts fresh each time. `data-autofocus` marks what gets the focus.
 */
export function Dialog({
  title,
  onClose,
  children,
  className,
  bare = false,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  className?: string
  /** Without heading and padding; `title` still names it. */
  bare?: boolean
}) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog && !dialog.open) {
      dialog.showModal()
      // React's autoFocus comes before the dialog is open, and therefore to nothing.
      dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    }
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; the keyboard has Escape
    <dialog
      ref={element}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
      className={clsx(
        'm-auto max-h-[calc(100dvh-2rem)] animate-pop rounded-xl bg-raised text-ink shadow-pop',
        className ?? 'w-[min(30rem,calc(100vw-2rem))]',
      )}
    >
      {bare ? (
        children
      ) : (
        <div className="p-5">
          <div className="mb-3 flex items-start gap-3">
            <h2 id={titleId} className="flex-1 text-lg font-semibold">
              {title}
            </h2>
            <IconButton label="Close" icon={X} size="sm" className="-mt-1 -mr-1.5" onClick={onClose} />
          </div>
          {children}
        </div>
      )}
    </dialog>
  )
}
