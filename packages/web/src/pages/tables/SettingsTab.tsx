import { ApiError, type ColumnType, routes, type TableColumn, type TableDetail } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { api } from '../../app/api.ts'
import { Button, IconButton } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { formatNumber } from '../../format.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Field } from '../../ui/Field.tsx'
import { columnTypes } from './table-words.ts'

/** Name, description, access, declared columns, and the end of a table. */
export function SettingsTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState(table.name)
  const [description, setDescription] = useState(table.description)
  const [access, setAccess] = useState(table.access)
  const [columns, setColumns] = useState<readonly (TableColumn & { key: number })[]>(
    table.columns.map((column, key) => ({ ...column, key })),
  )
  const save = useMutation({
    mutationFn: () =>
      api(routes.changeTable, {
        params: { table: table.id },
        body: {
          name: name.trim(),
          description: description.trim(),
          access,
          columns: columns
            .filter((column) => column.name.trim() !== '')
            .map(({ key: _, ...column }) => ({ ...column, name: column.name.trim() })),
        },
      }),
    onSuccess: async (changed) => {
      notify.done('Table saved')
      if (changed.name !== table.name)
        await navigate({ to: '/tables/$table', params: { table: changed.name }, search: { tab: 'settings' } })
      await client.invalidateQueries({ queryKey: ['tables'] })
    },
  })
  const change = (key: number, next: Partial<TableColumn>) =>
    setColumns(columns.map((column) => (column.key === key ? { ...column, ...next } : column)))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <div className="grid max-w-2xl gap-8">
      <form onSubmit={submit}>
        <fieldset disabled={!canWrite} className="grid gap-4">
          <legend className="sr-only">Settings of the table</legend>
          {save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>}
          <Field label="Name" required help="Workflows that use the old name no longer find it.">
            {({ id, describedBy }) => (
              <input
                id={id}
                className="control font-mono"
                aria-describedby={describedBy}
                value={name}
                required
                maxLength={100}
                pattern="[A-Za-z][\w\-]*"
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label="Description">
            {({ id }) => (
              <input
                id={id}
                className="control"
                value={description}
                maxLength={500}
                onChange={(event) => setDescription(event.target.value)}
              />
            )}
          </Field>
          <Field label="Who can use it in workflows" help="Developers and administrators always can.">
            {({ id, describedBy }) => (
              <select
                id={id}
                className="control w-auto max-w-full"
                aria-describedby={describedBy}
                value={access}
                onChange={(event) =>
                  setAccess(event.target.value === 'role_based' ? 'role_based' : 'authenticated')
                }
              >
                <option value="authenticated">Everyone in the organization</option>
                <option value="role_based">People with a role that grants it</option>
              </select>
            )}
          </Field>
          <Section title="Columns">
            <p className="mb-2 text-sm text-muted">
              Rows that do not match a declared column are rejected. Other fields may hold anything.
            </p>
            <ul className="grid gap-2">
              {columns.map(({ key, name: column, type, required = false }) => (
                <li key={key} className="flex flex-wrap items-center gap-2">
                  <input
                    className="control min-w-32 flex-1 font-mono"
                    aria-label="Name of the column"
                    value={column}
                    maxLength={200}
                    onChange={(event) => change(key, { name: event.target.value })}
                  />
                  <select
                    className="control w-auto"
                    aria-label={`Type of ${column || 'the column'}`}
                    value={type}
                    onChange={(event) => change(key, { type: event.target.value as ColumnType })}
                  >
                    {columnTypes.map(({ value, label }) => (
                      <option key={value} value={value}>
                        {label}
                      </option>
                    ))}
                  </select>
                  <label className="flex items-center gap-1.5 text-sm">
                    <input
                      type="checkbox"
                      checked={required}
                      onChange={() => change(key, { required: !required })}
                    />
                    Required
                  </label>
                  <IconButton
                    size="sm"
                    icon={X}
                    label={`Remove the column ${column}`}
                    onClick={() => setColumns(columns.filter((one) => one.key !== key))}
                  />
                </li>
              ))}
            </ul>
            <Button
              size="sm"
              icon={Plus}
              className="mt-2"
              onClick={() =>
                setColumns([
                  ...columns,
                  { key: Math.max(-1, ...columns.map((one) => one.key)) + 1, name: '', type: 'text' },
                ])
              }
            >
              Add a column
            </Button>
          </Section>
          {canWrite && (
            <div>
              <Button type="submit" look="primary" busy={save.isPending}>
                Save
              </Button>
            </div>
          )}
        </fieldset>
      </form>
      {canWrite && <DropTable table={table} />}
    </div>
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
