import type { ReactNode } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { FormDialog } from '../../ui/Form.tsx'
import { TextAreaField } from '../../ui/fields.tsx'

/** Asks why, before something is refused. */
export function ReasonDialog({
  title,
  children,
  confirm,
  required = false,
  onConfirm,
  onClose,
}: {
  title: string
  children: ReactNode
  confirm: string
  required?: boolean
  /** Says itself what failed. */
  onConfirm: (reason: string) => Promise<unknown>
  onClose: () => void
}) {
  const form = useForm({ defaultValues: { reason: '' } })
  const reason = useWatch({ control: form.control, name: 'reason' })
  return (
    <FormDialog
      form={form}
      title={title}
      confirm={confirm}
      look="danger"
      disabled={required && reason.trim() === ''}
      save={(values) => onConfirm(values.reason.trim())}
      explainError={() => null}
      onClose={onClose}
    >
      <div className="text-muted">{children}</div>
      <TextAreaField
        control={form.control}
        name="reason"
        label="Reason"
        required={required}
        aside={required ? undefined : 'optional'}
        rows={3}
        maxLength={4000}
        look="resize-y"
        spellCheck
        focus
      />
    </FormDialog>
  )
}
