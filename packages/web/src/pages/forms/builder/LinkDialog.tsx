import { routes } from '@bifrost/contract'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../../app/api.ts'
import { fromLocalText } from '../../../parameter-form/local-time.ts'
import { Button } from '../../../ui/Button.tsx'
import { CopyLine } from '../../../ui/CopyLine.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { FormDialog } from '../../../ui/Form.tsx'
import { CheckField, TextField } from '../../../ui/fields.tsx'

/** Makes a public link of a form, and shows it this once. */
export function LinkDialog({ formId, onClose }: { formId: string; onClose: () => void }) {
  const [address, setAddress] = useState<string | null>(null)
  const form = useForm({
    defaultValues: { name: '', expires_at: '', submissions_max: '', show_result: false },
  })
  const { control } = form
  if (address !== null)
    return (
      <Dialog title="Create a public link" onClose={onClose}>
        <div className="flex flex-col gap-4">
          <p className="text-muted">Copy it now. It won’t be shown again.</p>
          <CopyLine text={address} label="Copy the link" testId="link-address" />
          <Button look="primary" className="self-end" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  return (
    <FormDialog
      form={form}
      title="Create a public link"
      confirm="Create"
      save={({ name, expires_at: until, submissions_max: max, show_result }) =>
        api(routes.createFormLink, {
          params: { id: formId },
          body: {
            name,
            expires_at: fromLocalText(until),
            submissions_max: max.trim() === '' ? null : Number(max),
            show_result,
          },
        })
      }
      onSaved={({ path }) => setAddress(new URL(path, window.location.origin).href)}
      onClose={onClose}
    >
      <TextField control={control} name="name" label="Name" help="For you; visitors do not see it." focus />
      <TextField control={control} name="expires_at" label="Until" type="datetime-local" look="max-w-64" />
      <TextField control={control} name="submissions_max" label="Submission limit" />
      <CheckField control={control} name="show_result" label="Show visitors the result" />
    </FormDialog>
  )
}
