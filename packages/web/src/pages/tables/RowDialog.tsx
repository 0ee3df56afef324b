import { type Json, RowData, routes, type TableDetail, type TableRow } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { TextAreaField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { metRow } from './use-cell-edit.ts'

/** A whole row as JSON: to read, to change, or to add. */
export function RowDialog({
  table,
  row,
  canWrite,
  onClose,
}: {
  table: TableDetail
  row: TableRow | null
  canWrite: boolean
  onClose: () => void
}) {
  const client = useQueryClient()
  const [seen, setSeen] = useState(row)
  const [theirs, setTheirs] = useState<TableRow | null>(null)
  const form = useForm({
    defaultValues: { id: '', data: JSON.stringify(row?.data ?? emptyRow(table), null, 2) },
  })
  const { control } = form
  const save = async (values: { id: string; data: string }) => {
    const params = { table: table.id }
    const data = read(values.data) ?? {}
    if (seen)
      return api(routes.putTableRow, {
        params: { ...params, id: seen.id },
        body: { data, if_version: seen.version },
      })
    const id = values.id.trim()
    return api(routes.writeTableRows, { params, body: { rows: [id ? { id, data } : { data }] } })
  }
  /** The next save is one over the row as it is now. */
  const goOnFrom = (met: TableRow) => {
    setSeen(met)
    setTheirs(null)
    form.clearErrors()
  }
  return (
    <FormDialog
      form={form}
      title={row ? `Row ${row.id}` : 'Add a row'}
      confirm={canWrite ? 'Save' : null}
      cancel={canWrite ? 'Cancel' : 'Close'}
      className="w-[min(44rem,calc(100vw-2rem))]"
      save={save}
      onSaved={async () => {
        await client.invalidateQueries({ queryKey: ['tables'] })
        notify.done(seen ? `Row ${seen.id} saved` : 'Row added')
        onClose()
      }}
      explainError={(error) => {
        const met = metRow(error)
        setTheirs(met ?? null)
        return met ? null : explain(error).message
      }}
      onClose={onClose}
    >
      {theirs && (
        <InlineProblem tone="warn">
          <p>Someone else changed this row in the meantime. It is now:</p>
          <pre className="mt-2 max-h-48 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs text-ink">
            {JSON.stringify(theirs.data, null, 2)}
          </pre>
          <div className="mt-2 flex flex-wrap gap-2">
            <Button
              size="sm"
              onClick={() => {
                form.setValue('data', JSON.stringify(theirs.data, null, 2))
                goOnFrom(theirs)
              }}
            >
              Start from theirs
            </Button>
            <Button size="sm" onClick={() => goOnFrom(theirs)}>
              Keep mine and overwrite
            </Button>
          </div>
        </InlineProblem>
      )}
      {!row && (
        <TextField
          control={control}
          name="id"
          label="ID"
          help="Leave empty to generate one."
          look="font-mono"
          maxLength={200}
        />
      )}
      <TextAreaField
        control={control}
        name="data"
        label="Fields"
        rows={12}
        readOnly={!canWrite}
        focus
        check={(text: string) =>
          read(text) ? undefined : 'Not a valid JSON object, such as {"name": "Ada"}'
        }
      />
      {row && (
        <p className="text-xs text-faint">
          Added <TimeAgo at={row.created_at} />, changed <TimeAgo at={row.updated_at} />, version{' '}
          {row.version}
        </p>
      )}
    </FormDialog>
  )
}

function read(text: string): RowData | undefined {
  try {
    const parsed = RowData.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** The declared columns, to be filled in. */
function emptyRow({ columns }: TableDetail): Record<string, Json> {
  const empty = {
    text: '',
    number: 0,
    boolean: false,
    date: new Date().toISOString().slice(0, 10),
    json: null,
  }
  return Object.fromEntries(columns.map(({ name, type }) => [name, empty[type]]))
}
