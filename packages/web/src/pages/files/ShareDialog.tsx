import { type FileInfo, type FileLocation, routes } from '@bifrost/contract'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField } from '../../ui/fields.tsx'

const HOUR = 3600
const periods = [
  { value: HOUR, label: 'One hour' },
  { value: 24 * HOUR, label: 'One day' },
  { value: 7 * 24 * HOUR, label: 'Seven days' },
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
  const [link, setLink] = useState<string | null>(null)
  const form = useForm({ defaultValues: { expires_in_seconds: HOUR } })
  const title = `Share ${item.name}`
  const about = (
    <p className="text-muted">
      Anyone with the link can download this file without an account, until the link expires, you sign out, or
      you lose access to the file.
    </p>
  )
  if (link !== null)
    return (
      <Dialog title={title} onClose={onClose}>
        {about}
        <div className="mt-3 flex items-center gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3">
          <code className="min-w-0 flex-1 truncate font-mono text-sm">{link}</code>
          <CopyButton text={link} label="Copy the link" />
        </div>
        <div className="mt-5 flex justify-end">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  return (
    <FormDialog
      form={form}
      title={title}
      confirm="Create the link"
      save={(values) => api(routes.signFile, { body: { path: item.path, location, ...values } })}
      onSaved={({ url }) =>
        setLink(new URL(new URL(url).search, `${window.location.origin}/api/files/signed`).href)
      }
      onClose={onClose}
    >
      {about}
      <SelectField
        control={form.control}
        name="expires_in_seconds"
        label="Expires after"
        wide
        focus
        options={periods}
      />
    </FormDialog>
  )
}
