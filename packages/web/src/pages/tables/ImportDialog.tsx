import {
  ApiError,
  type ColumnType,
  ImportProblem,
  type TableDetail,
  TableFileEncoding,
  type TableImport,
} from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { z } from 'zod'
import { explain } from '../../errors.ts'
import { formatNumber } from '../../format.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
import { notify } from '../../ui/notices.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { cellText } from './cell-value.ts'
import {
  delimiterOf,
  ENCODINGS,
  encodingOf,
  formatOf,
  type ImportWanted,
  importFile,
  LOOKED_AT_BYTES,
} from './import-file.ts'
import { columnTypes } from './table-words.ts'

/** A file, a look at what its rows become, and then the import itself. */
export function ImportDialog({ table, onClose }: { table: TableDetail; onClose: () => void }) {
  const client = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [types, setTypes] = useState<Record<string, ColumnType>>({})
  const [how, setHow] = useState('insert')
  const [encoding, setEncoding] = useState<TableFileEncoding>('utf-8')
  const [share, setShare] = useState(0)
  const wanted = async (): Promise<ImportWanted> => {
    const format = formatOf(file?.name ?? '')
    const begin = format === 'csv' ? await file?.slice(0, 4096).text() : undefined
    return {
      format,
      ...(begin === undefined ? {} : { delimiter: delimiterOf(begin), encoding }),
      ...(Object.keys(types).length > 0 ? { types: JSON.stringify(types) } : {}),
      ...(how === 'insert' ? {} : { mode: 'upsert' as const }),
      ...(how.startsWith('key:') ? { key: how.slice(4) } : {}),
    }
  }
  const look = useQuery({
    queryKey: ['table-import', table.id, file?.name, file?.size, file?.lastModified, types, encoding],
    enabled: file !== null,
    retry: false,
    gcTime: 0,
    queryFn: async () => {
      const part = file?.slice(0, LOOKED_AT_BYTES) ?? new Blob()
      const partial = part.size < (file?.size ?? 0)
      return importFile(table.id, part, { ...(await wanted()), dry_run: true, partial }, () => {})
    },
  })
  const run = useMutation({
    mutationFn: async () => importFile(table.id, file ?? new Blob(), await wanted(), setShare),
    onSuccess: async ({ inserted, updated }) => {
      await client.invalidateQueries({ queryKey: ['tables'] })
      notify.done(
        `${formatNumber(inserted)} ${inserted === 1 ? 'row' : 'rows'} added${updated > 0 ? `, ${formatNumber(updated)} replaced` : ''}`,
      )
      onClose()
    },
  })
  const keys = table.indexes.filter(({ is_unique, state }) => is_unique && state === 'ready')
  const problems = problemsOf(run.error) ?? look.data?.problems ?? []
  return (
    <Dialog title={`Import into ${table.name}`} onClose={onClose} className="w-[min(52rem,calc(100vw-2rem))]">
      <div className="grid gap-4">
        <Field label="File" help="CSV with a header, a JSON list, or a JSON object per line.">
          {({ id, describedBy }) => (
            <input
              id={id}
              type="file"
              accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson"
              className="control block py-1"
              aria-describedby={describedBy}
              data-autofocus
              onChange={(event) => {
                const chosen = event.target.files?.[0] ?? null
                setTypes({})
                void (chosen ? encodingOf(chosen) : Promise.resolve('utf-8' as const)).then((found) => {
                  setEncoding(found)
                  setFile(chosen)
                })
                run.reset()
              }}
            />
          )}
        </Field>
        {file && formatOf(file.name) === 'csv' && (
          <Field label="Encoding" help="If letters such as ä or é look wrong below, choose another encoding.">
            {({ id, describedBy }) => (
              <select
                id={id}
                aria-describedby={describedBy}
                className="control w-auto max-w-full"
                value={encoding}
                onChange={(event) => setEncoding(TableFileEncoding.parse(event.target.value))}
              >
                {TableFileEncoding.options.map((name) => (
                  <option key={name} value={name}>
                    {ENCODINGS[name]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {run.isError && problems.length === 0 && <InlineProblem>{explain(run.error).message}</InlineProblem>}
        {problems.length > 0 && <Problems problems={problems} />}
        {file && (
          <QueryView query={look} rows={3} isInline>
            {(result) => (
              <>
                <Preview
                  result={result}
                  canType={formatOf(file?.name ?? '') === 'csv'}
                  onType={(name, type) => setTypes({ ...types, [name]: type })}
                />
                <Field label="Existing rows">
                  {({ id }) => (
                    <select
                      id={id}
                      className="control w-auto max-w-full"
                      value={how}
                      onChange={(event) => setHow(event.target.value)}
                    >
                      <option value="insert">Reject</option>
                      <option value="upsert">Replace, matched by ID</option>
                      {keys.map(({ id: key, fields }) => (
                        <option key={key} value={`key:${fields.join(',')}`}>
                          Replace, matched by {fields.join(', ')}
                        </option>
                      ))}
                    </select>
                  )}
                </Field>
              </>
            )}
          </QueryView>
        )}
        {run.isPending && (
          <div className="flex items-center gap-3">
            <progress className="h-2 flex-1" aria-label="Imported" max={1} value={share} />
            <span className="tabular text-sm text-muted">{Math.floor(share * 100)} %</span>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!look.data || look.isFetching || (look.data.problems.length > 0 && !run.isError)}
            busy={run.isPending}
            onClick={() => run.mutate()}
          >
            Import
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

function problemsOf(error: unknown): ImportProblem[] | undefined {
  if (!(error instanceof ApiError)) return undefined
  const parsed = z.array(ImportProblem).safeParse(error.details)
  return parsed.success ? parsed.data : undefined
}

function Problems({ problems }: { problems: readonly ImportProblem[] }) {
  return (
    <InlineProblem>
      <p className="font-medium">Can’t import this file:</p>
      <ul className="mt-1 max-h-40 list-disc overflow-auto pl-4">
        {problems.slice(0, 20).map(({ line, column, message }) => (
          <li key={`${line}/${column}/${message}`}>
            Line {line}
            {column && `, ${column}`}: {message}
          </li>
        ))}
        {problems.length > 20 && <li>and {problems.length - 20} more</li>}
      </ul>
    </InlineProblem>
  )
}

const previewRows = 6

/** The first rows as they would be stored, under the type that each column has. */
function Preview({
  result: { columns, preview },
  canType,
  onType,
}: {
  result: TableImport
  canType: boolean
  onType: (name: string, type: ColumnType) => void
}) {
  return (
    <section
      aria-label="The first rows"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll here
      tabIndex={0}
      className="max-h-72 overflow-auto rounded-lg border border-line"
    >
      <table className="w-max min-w-full text-left text-sm">
        <thead>
          <tr className="border-b border-line bg-sunken">
            {columns.map(({ name, type }) => (
              <th key={name} scope="col" className="px-2.5 py-1.5 align-top font-medium">
                <span className="block max-w-48 truncate">{name}</span>
                {canType ? (
                  <select
                    className="control h-6 w-auto py-0 text-xs font-normal"
                    aria-label={`Type of ${name}`}
                    value={type}
                    onChange={(event) => onType(name, event.target.value as ColumnType)}
                  >
                    {columnTypes.map(({ value, label }) => (
                      <option key={value} value={value}>
                        {label}
                      </option>
                    ))}
                  </select>
                ) : (
                  <span className="text-xs font-normal text-muted">
                    {columnTypes.find(({ value }) => value === type)?.label}
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.slice(0, previewRows).map(({ line, data }) => (
            <tr key={line} className="border-b border-line last:border-0">
              {columns.map(({ name }) => (
                <td key={name} className="max-w-56 truncate px-2.5 py-1">
                  {cellText(data[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
