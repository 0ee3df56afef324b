import { useForm } from 'react-hook-form'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'

/** Asks for a path within the workspace. */
export function PathDialog<Result>({
  label = 'Path',
  help = 'Such as onboarding/new-user.ts. Missing folders are created.',
  initial,
  save,
  onSaved,
  ...dialog
}: {
  title: string
  label?: string
  help?: string
  confirm: string
  initial: string
  save: (path: string) => Promise<Result>
  onSaved: (result: Result, path: string) => Promise<void>
  onClose: () => void
}) {
  const form = useForm({ defaultValues: { path: initial } })
  return (
    <FormDialog
      form={form}
      save={({ path }) => save(path.trim())}
      onSaved={(result, { path }) => onSaved(result, path.trim())}
      {...dialog}
    >
      <TextField
        control={form.control}
        name="path"
        label={label}
        help={help}
        look="font-mono"
        required="unmarked"
        maxLength={1000}
        spellCheck={false}
        focus
        check={(path: string) => (path.trim() === initial.trim() ? 'Enter another path' : undefined)}
      />
    </FormDialog>
  )
}
