import type { Json } from '@bifrost/contract'
import type { ReactNode } from 'react'
import { formatNumber } from '../../format.ts'
import { JsonTree } from '../../ui/JsonTree.tsx'
import { ScrollRegion } from '../../ui/ScrollRegion.tsx'
import { propLabel } from './task-words.ts'

type Record_ = { [key: string]: Json }

/** What the run wants the person to see: names and values, tables where there are rows, a tree for the rest. */
export function PropsView({ props }: { props: Json }) {
  if (!isRecord(props)) return <JsonTree value={props} label="Details" />
  const members = Object.entries(props)
  if (members.length === 0) return null
  const simple = members.filter(([, value]) => isSimple(value))
  const others = members.filter(([, value]) => !isSimple(value))
  return (
    <div className="flex flex-col gap-4">
      {simple.length > 0 && (
        <dl className="grid grid-cols-[minmax(6rem,auto)_minmax(0,1fr)] gap-x-6 gap-y-1.5 rounded-md bg-sunken px-4 py-3">
          {simple.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{propLabel(name)}</dt>
              <dd className="font-medium [overflow-wrap:anywhere] whitespace-pre-wrap">{shown(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {others.map(([name, value]) => (
        <div key={name}>
          <h2 className="mb-1 text-sm font-semibold text-muted">{propLabel(name)}</h2>
          {isTable(value) ? (
            <RowTable rows={value} label={propLabel(name)} />
          ) : (
            <JsonTree value={value} label={propLabel(name)} />
          )}
        </div>
      ))}
    </div>
  )
}

function RowTable({ rows, label }: { rows: Record_[]; label: string }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return (
    <ScrollRegion label={label} className="max-h-96 overflow-auto rounded-md ring-1 ring-line">
      <table className="w-full text-left text-sm">
        <thead className="bg-sunken">
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="px-3 py-1.5 font-medium text-muted">
                {propLabel(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity
            <tr key={at} className="border-t border-line">
              {columns.map((column) => (
                <td key={column} className="tabular px-3 py-1.5">
                  {shown(row[column] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

const isRecord = (json: Json): json is Record_ =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
const isSimple = (json: Json) => typeof json !== 'object' || json === null
const isTable = (json: Json): json is Record_[] =>
  Array.isArray(json) &&
  json.length > 0 &&
  json.every((row) => isRecord(row) && Object.values(row).every(isSimple))

function shown(value: Json): ReactNode {
  if (value === null) return <span className="text-faint">–</span>
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  return typeof value === 'number' ? formatNumber(value) : String(value)
}
