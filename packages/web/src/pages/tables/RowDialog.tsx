import { type Json, RowData, routes, type TableDetail, type TableRow } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { explain } from '../../errors.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
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
  const [id, setId] = useState('')
  const [seen, setSeen] = useState(row)
  const [text, setText] = useState(() => JSON.stringify(row?.data ?? emptyRow(table), null, 2))
  const [problem, setProblem] = useState<string>()
  const save = useMutation({
    mutationFn: async (data: RowData) => {
      const params = { table: table.id }
      if (seen)
        return api(routes.putTableRow, {
          params: { ...params, id: seen.id },
          body: { data, if_version: seen.version },
        })
      const name = id.trim()
      return api(routes.writeTableRows, { params, body: { rows: [name ? { id: name, data } : { data }] } })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tables'] })
      notify.done(seen ? `Row ${seen.id} saved` : 'Row added')
      onClose()
    },
  })
  const theirs = metRow(save.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const data = read(text)
    setProblem(data ? undefined : 'Not a valid JSON object, such as {"name": "Ada"}')
    if (data) save.mutate(data)
  }
  return (
    <Dialog
      title={row ? `Row ${row.id}` : 'Add a row'}
      onClose={onClose}
      className="w-[min(44rem,calc(100vw-2rem))]"
    >
      <form onSubmit={submit} className="grid gap-4">
        {theirs ? (
          <InlineProblem tone="warn">
            <p>Someone else changed this row in the meantime. It is now:</p>
            <pre className="mt-2 max-h-48 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs text-ink">
              {JSON.stringify(theirs.data, null, 2)}
            </pre>
            <div className="mt-2 flex flex-wrap gap-2">
              <Button
                size="sm"
                onClick={() => {
                  setSeen(theirs)
                  setText(JSON.stringify(theirs.data, null, 2))
                  save.reset()
                }}
              >
                Start from theirs
              </Button>
              <Button
                size="sm"
                onClick={() => {
                  setSeen(theirs)
                  save.reset()
                }}
              >
                Keep mine and overwrite
              </Button>
            </div>
          </InlineProblem>
        ) : (
          save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>
        )}
        {!row && (
          <Field label="ID" help="Leave empty to generate one.">
            {({ id: inputId, describedBy }) => (
              <input
                id={inputId}
                className="control font-mono"
                aria-describedby={describedBy}
                value={id}
                maxLength={200}
                autoComplete="off"
                onChange={(event) => setId(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label="Fields" problem={problem}>
          {({ id: inputId, describedBy, invalid }) => (
            <textarea
              id={inputId}
              className="control block font-mono text-sm"
              rows={12}
              spellCheck={false}
              readOnly={!canWrite}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              data-autofocus
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {row && (
          <p className="text-xs text-faint">
            Added <TimeAgo at={row.created_at} />, changed <TimeAgo at={row.updated_at} />, version{' '}
            {row.version}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{canWrite ? 'Cancel' : 'Close'}</Button>
          {canWrite && (
            <Button type="submit" look="primary" busy={save.isPending}>
              Save
            </Button>
          )}
        </div>
      </form>
    </Dialog>
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
