import { type FileInfo, type FileLocation, routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { CopyButton } from '../../components/CopyButton.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'

const HOUR = 3600
const periods = [
  { seconds: HOUR, label: 'One hour' },
  { seconds: 24 * HOUR, label: 'One day' },
  { seconds: 7 * 24 * HOUR, label: 'Seven days' },
]

/** Makes an address with which anybody may download the file for a while. */
export function ShareDialog({
  location,
  item,
  onClose,
}: {
  location: FileLocation
  item: FileInfo
  onClose: () => void
}) {
  const [seconds, setSeconds] = useState(HOUR)
  const sign = useMutation({
    mutationFn: () =>
      api(routes.signFile, { body: { path: item.path, location, expires_in_seconds: seconds } }),
  })
  const url =
    sign.data && new URL(new URL(sign.data.url).search, `${window.location.origin}/api/files/signed`)
  return (
    <Dialog title={`Share ${item.name}`} onClose={onClose}>
      <p className="text-muted">
        Anyone with the link can download this file without an account, until the link expires, you sign out,
        or you lose access to the file.
      </p>
      {sign.error && <InlineProblem>{explain(sign.error).message}</InlineProblem>}
      {url ? (
        <>
          <div className="mt-3 flex items-center gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3">
            <code className="min-w-0 flex-1 truncate font-mono text-sm">{url.href}</code>
            <CopyButton text={url.href} label="Copy the link" />
          </div>
          <div className="mt-5 flex justify-end">
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <form
          className="mt-3 grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            sign.mutate()
          }}
        >
          <Field label="Expires after">
            {({ id }) => (
              <select
                id={id}
                data-autofocus
                className="control"
                value={seconds}
                onChange={(event) => setSeconds(Number(event.target.value))}
              >
                {periods.map((period) => (
                  <option key={period.seconds} value={period.seconds}>
                    {period.label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" busy={sign.isPending}>
              Create the link
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
