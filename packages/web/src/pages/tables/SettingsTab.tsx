import { ApiError, type ColumnType, routes, type TableDetail } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { type Control, useFieldArray, useForm, useWatch } from 'react-hook-form'
import { z } from 'zod'
import { api } from '../../app/api.ts'
import { explain } from '../../errors.ts'
import { formatNumber } from '../../format.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { columnTypes } from './table-words.ts'

/** Name, description, access, declared columns, and the end of a table. */
export function SettingsTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm<TableForm>({
    defaultValues: {
      name: table.name,
      description: table.description,
      access: table.access,
      columns: table.columns.map(({ name, type, required = false }) => ({ name, type, required })),
    },
  })
  const { control } = form
  return (
    <div className="grid max-w-2xl gap-8">
      <Form
        form={form}
        save={({ name, description, access, columns }) =>
          api(routes.changeTable, {
            params: { table: table.id },
            body: {
              name: name.trim(),
              description: description.trim(),
              access,
              columns: columns
                .map((column) => ({ ...column, name: column.name.trim() }))
                .filter((column) => column.name !== ''),
            },
          })
        }
        onSaved={async (changed) => {
          notify.done('Table saved')
          if (changed.name !== table.name)
            await navigate({
              to: '/tables/$table',
              params: { table: changed.name },
              search: { tab: 'settings' },
            })
          await client.invalidateQueries({ queryKey: ['tables'] })
        }}
      >
        <fieldset disabled={!canWrite} className="grid gap-4">
          <legend className="sr-only">Settings of the table</legend>
          <TextField
            control={control}
            name="name"
            label="Name"
            help="Workflows that use the old name no longer find it."
            look="font-mono"
            required
            maxLength={100}
            pattern="[A-Za-z][\w\-]*"
          />
          <TextField control={control} name="description" label="Description" maxLength={500} />
          <SelectField
            control={control}
            name="access"
            label="Who can use it in workflows"
            help="Developers and administrators always can."
            options={accesses}
          />
          <Columns control={control} />
          {canWrite && (
            <div>
              <SubmitButton>Save</SubmitButton>
            </div>
          )}
        </fieldset>
      </Form>
      {canWrite && <DropTable table={table} />}
    </div>
  )
}

interface TableForm {
  name: string
  description: string
  access: TableDetail['access']
  columns: { name: string; type: ColumnType; required: boolean }[]
}

const accesses = [
  { value: 'authenticated', label: 'Everyone in the organization' },
  { value: 'role_based', label: 'People with a role that grants it' },
]

function Columns({ control }: { control: Control<TableForm> }) {
  const { fields, append, remove } = useFieldArray({ control, name: 'columns' })
  const columns = useWatch({ control, name: 'columns' })
  return (
    <Section title="Columns">
      <p className="mb-2 text-sm text-muted">
        Rows that do not match a declared column are rejected. Other fields may hold anything.
      </p>
      <ul className="grid gap-2">
        {fields.map(({ id }, index) => (
          <li key={id} className="flex flex-wrap items-center gap-2">
            <input
              className="control min-w-32 flex-1 font-mono"
              aria-label="Name of the column"
              maxLength={200}
              {...control.register(`columns.${index}.name`)}
            />
            <select
              className="control w-auto"
              aria-label={`Type of ${columns[index]?.name || 'the column'}`}
              {...control.register(`columns.${index}.type`)}
            >
              {columnTypes.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
            <label className="flex items-center gap-1.5 text-sm">
              <input type="checkbox" {...control.register(`columns.${index}.required`)} />
              Required
            </label>
            <IconButton
              size="sm"
              icon={X}
              label={`Remove the column ${columns[index]?.name ?? ''}`}
              onClick={() => remove(index)}
            />
          </li>
        ))}
      </ul>
      <Button
        size="sm"
        icon={Plus}
        className="mt-2"
        onClick={() => append({ name: '', type: 'text', required: false }, { shouldFocus: false })}
      >
        Add a column
      </Button>
    </Section>
  )
}

const UsedBy = z.object({ used_by: z.array(z.object({ name: z.string() })) })

function DropTable({ table }: { table: TableDetail }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const drop = useMutation({
    mutationFn: (force: boolean) =>
      api(routes.dropTable, { params: { table: table.id }, query: force ? { force } : {} }),
    onSuccess: async () => {
      await navigate({ to: '/tables' })
      await client.invalidateQueries({ queryKey: ['tables'] })
      notify.done(`Table ${table.name} deleted`)
    },
  })
  const used = drop.error instanceof ApiError ? UsedBy.safeParse(drop.error.details) : null
  const users = used?.success ? used.data.used_by.map(({ name }) => name) : []
  return (
    <Section title="Delete the table">
      <Button look="danger" onClick={() => setAsking(true)}>
        Delete the table
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Delete ${table.name}?`}
          confirm={users.length > 0 ? 'Delete anyway' : 'Delete the table'}
          busy={drop.isPending}
          onConfirm={() => drop.mutate(users.length > 0)}
          onClose={() => {
            drop.reset()
            setAsking(false)
          }}
        >
          {drop.isError && (
            <InlineProblem>
              {users.length > 0
                ? `It is granted by the ${users.length === 1 ? 'role' : 'roles'} ${users.join(', ')}.`
                : explain(drop.error).message}
            </InlineProblem>
          )}
          <p className="mt-2">
            Its {formatNumber(table.rows)} {table.rows === 1 ? 'row is' : 'rows are'} deleted, too. This
            cannot be undone.
          </p>
        </ConfirmDialog>
      )}
    </Section>
  )
}
