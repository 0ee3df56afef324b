import clsx from 'clsx'
import { type ReactNode, useId } from 'react'
import { Prose } from './Prose.tsx'

export interface FieldIds {
  id: string
  describedBy: string | undefined
  invalid: boolean
}

/** Label, control, help and problem of one input, wired for screen readers. */
export function Field({
  label,
  help,
  problem,
  required = false,
  aside,
  className,
  children,
}: {
  label: ReactNode
  help?: ReactNode
  problem?: string | undefined
  required?: boolean
  aside?: ReactNode
  className?: string
  children: (ids: FieldIds) => ReactNode
}) {
  const id = useId()
  const describedBy =
    [help && `${id}-help`, problem && `${id}-problem`].filter(Boolean).join(' ') || undefined
  return (
    <div className={clsx('min-w-0', className)}>
      <div className="mb-1 flex items-baseline gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
          {required && <RequiredMark />}
        </label>
        {aside && <span className="ml-auto text-xs text-faint">{aside}</span>}
      </div>
      {children({ id, describedBy, invalid: problem !== undefined })}
      <FieldNotes id={id} help={help} problem={problem} />
    </div>
  )
}

export const RequiredMark = () => (
  <span className="ml-0.5 text-bad" title="Required">
    <span aria-hidden>*</span>
    <span className="sr-only"> (required)</span>
  </span>
)

/** Help and problem below a control; the ids are those that `describedBy` names. */
export function FieldNotes({
  id,
  help,
  problem,
}: {
  id: string
  help?: ReactNode
  problem?: string | undefined
}) {
  return (
    <>
      {problem && (
        <p id={`${id}-problem`} className="mt-1 text-sm text-bad">
          {problem}
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="mt-1 text-sm text-muted">
          {typeof help === 'string' ? <Prose text={help} /> : help}
        </p>
      )}
    </>
  )
}
