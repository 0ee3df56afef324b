import { routes, type TableDetail } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SwitchField, TextField } from '../../ui/fields.tsx'

export function AddIndexDialog({ table, onClose }: { table: TableDetail; onClose: () => void }) {
  const client = useQueryClient()
  const form = useForm({ defaultValues: { fields: '', is_unique: false } })
  const { control } = form
  return (
    <FormDialog
      form={form}
      title="Add an index"
      confirm="Add"
      save={({ fields, is_unique }) =>
        api(routes.createTableIndex, {
          params: { table: table.id },
          body: { fields: fields.split(',').map((field) => field.trim()), is_unique },
        })
      }
      onSaved={async () => {
        await client.invalidateQueries({ queryKey: ['tables'] })
        onClose()
      }}
      onClose={onClose}
    >
      <TextField
        control={control}
        name="fields"
        label="Field"
        help="Such as customer.city. A unique index takes up to three, separated by commas."
        look="font-mono"
        required
        focus
      />
      <SwitchField
        control={control}
        name="is_unique"
        label="Unique"
        note="no two rows have the same values"
      />
    </FormDialog>
  )
}
