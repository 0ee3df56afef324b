import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { cellText } from './cell-value.ts'
import type { EditConflict } from './use-cell-edit.ts'

/** Two people changed one row: both values, and a choice. */
export function ConflictDialog({
  conflict: { edit, current },
  onMine,
  onTheirs,
}: {
  conflict: EditConflict
  onMine: () => void
  onTheirs: () => void
}) {
  return (
    <Dialog title="This row was changed by someone else" onClose={onTheirs}>
      {current ? (
        <>
          <p className="text-muted">
            The row {edit.row.id} was changed <TimeAgo at={current.updated_at} />. Which value of {edit.field}{' '}
            should be kept?
          </p>
          <dl className="mt-3 grid gap-3 sm:grid-cols-2">
            <Value title="Theirs" text={cellText(current.data[edit.field])} />
            <Value title="Yours" text={cellText(edit.value)} />
          </dl>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={onTheirs} data-autofocus>
              Keep theirs
            </Button>
            <Button look="primary" onClick={onMine}>
              Use yours
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="text-muted">
            The row {edit.row.id} was deleted in the meantime. You wanted {edit.field} to be:
          </p>
          <dl className="mt-3">
            <Value title="Yours" text={cellText(edit.value)} />
          </dl>
          <div className="mt-5 flex justify-end">
            <Button onClick={onTheirs} data-autofocus>
              Close
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

const Value = ({ title, text }: { title: string; text: string }) => (
  <div className="min-w-0 rounded-md bg-sunken p-3 ring-1 ring-line">
    <dt className="text-xs text-faint">{title}</dt>
    <dd className="mt-1 font-mono text-sm break-all whitespace-pre-wrap">
      {text || <em className="font-sans text-faint">nothing</em>}
    </dd>
  </div>
)
