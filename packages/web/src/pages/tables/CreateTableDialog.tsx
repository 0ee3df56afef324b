import { routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { tableQueries } from './queries.ts'

export function CreateTableDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm({ defaultValues: { name: '', description: '' } })
  const { control } = form
  return (
    <FormDialog
      form={form}
      title="Create a table"
      confirm="Create"
      save={({ name, description }) =>
        api(routes.createTable, { body: { name: name.trim(), description: description.trim() } })
      }
      onSaved={async (table) => {
        await client.invalidateQueries({ queryKey: tableQueries.list().queryKey })
        onClose()
        await navigate({ to: '/tables/$table', params: { table: table.name } })
      }}
      onClose={onClose}
    >
      <TextField
        control={control}
        name="name"
        label="Name"
        help="Begins with a letter; letters, digits, _ and -"
        look="font-mono"
        required
        maxLength={100}
        pattern="[A-Za-z][\w\-]*"
        focus
      />
      <TextField
        control={control}
        name="description"
        label="Description"
        help="What its rows are."
        maxLength={500}
      />
    </FormDialog>
  )
}
