import { routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { paths } from '../../paths.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { InlineProblem } from '../../ui/states.tsx'

export function CreateRoleDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm({ defaultValues: { name: '', description: '' } })
  const { control } = form
  return (
    <FormDialog
      form={form}
      title="New role"
      confirm="Create"
      save={({ name, description }) =>
        api(routes.createRole, { body: { name: name.trim(), description: description.trim() } })
      }
      onSaved={async ({ id }) => {
        await client.invalidateQueries({ queryKey: ['roles'] })
        onClose()
        await navigate({ href: paths.role(id) })
      }}
      onClose={onClose}
    >
      {me.acting === 'global' && (
        <InlineProblem tone="warn">You act globally: every organization will see this role.</InlineProblem>
      )}
      <TextField control={control} name="name" label="Name" required maxLength={100} focus />
      <TextField control={control} name="description" label="Description" maxLength={500} />
    </FormDialog>
  )
}
