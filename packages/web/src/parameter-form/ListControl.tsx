import type { Parameter } from '@bifrost/contract'
import { Plus, Trash2 } from 'lucide-react'
import { useRef } from 'react'
import { formatCount } from '../format.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { controlKind, itemParameter } from './control-kinds.ts'
import { FieldGroup, type NestingProps } from './FieldGroup.tsx'
import { type FieldValue, type ListValue, newRow, type ObjectValue, startValue } from './form-values.ts'
import { ObjectFields } from './ObjectControl.tsx'
import { useFormState } from './use-parameter-form.ts'

/** Typed rows. In a row of text, Enter adds the next, Backspace in an empty one removes it, pasted lines become rows. */
export function ListControl({ parameter, path, value, onChange, label, Field }: NestingProps<ListValue>) {
  const item = itemParameter(parameter)
  const list = useRef<HTMLDivElement>(null)
  const { rows } = value

  const focusRow = (at: number) =>
    requestAnimationFrame(() =>
      list.current
        ?.querySelectorAll<HTMLElement>(':scope > [data-row]')
        [at]?.querySelector<HTMLElement>('input, textarea, select, button')
        ?.focus(),
    )
  const add = (at = rows.length) => {
    onChange({ rows: rows.toSpliced(at, 0, newRow(startValue(item))) })
    focusRow(at)
  }
  const remove = (at: number) => {
    onChange({ rows: rows.toSpliced(at, 1) })
    focusRow(Math.max(0, at - 1))
  }
  const change = (at: number, row: FieldValue) =>
    onChange({ rows: rows.map((one, index) => (index === at ? { ...one, value: row } : one)) })

  return (
    <FieldGroup
      parameter={parameter}
      path={path}
      {...(label ? { label } : {})}
      aside={rows.length > 0 ? formatCount(rows.length, 'row') : parameter.required ? undefined : 'optional'}
    >
      <div ref={list} className="flex flex-col gap-2">
        {rows.map((row, at) => (
          <Row
            key={row.key}
            Field={Field}
            item={item}
            path={`${path}.${at}`}
            number={at + 1}
            value={row.value}
            onChange={(next) => change(at, next)}
            onAdd={() => add(at + 1)}
            onRemove={() => remove(at)}
            onPasteLines={(lines) => onChange({ rows: rows.toSpliced(at, 1, ...lines.map(newRow)) })}
          />
        ))}
      </div>
      <Button size="sm" icon={Plus} className={rows.length > 0 ? 'mt-2' : ''} onClick={() => add()}>
        Add {rows.length > 0 ? 'another' : 'a row'}
      </Button>
    </FieldGroup>
  )
}

function Row({
  Field,
  item,
  path,
  number,
  value,
  onChange,
  onAdd,
  onRemove,
  onPasteLines,
}: {
  Field: NestingProps<FieldValue>['Field']
  item: Parameter
  path: string
  number: number
  value: FieldValue
  onChange: (value: FieldValue) => void
  onAdd: () => void
  onRemove: () => void
  onPasteLines: (lines: string[]) => void
}) {
  const form = useFormState()
  const kind = controlKind(item)
  const label = `${item.label} ${number}`
  const removeButton = (
    <IconButton label={`Remove row ${number}`} icon={Trash2} size="sm" onClick={onRemove} />
  )
  if (kind === 'object')
    return (
      <fieldset data-row className="relative min-w-0 rounded-lg border border-line p-4 pt-2.5">
        <legend className="float-left text-xs font-semibold text-faint">
          {item.label} {number}
        </legend>
        <div className="float-right -mt-1 -mr-2">{removeButton}</div>
        <div className="clear-both">
          <ObjectFields
            Field={Field}
            parameter={item}
            path={path}
            value={value as ObjectValue}
            onChange={onChange}
          />
        </div>
      </fieldset>
    )
  if (kind !== 'text' && kind !== 'multiline' && kind !== 'number')
    return (
      <div data-row className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <Field parameter={item} path={path} value={value} onChange={onChange} label={label} />
        </div>
        {removeButton}
      </div>
    )
  const problem = form.problemAt(path)
  return (
    <div data-row>
      <div className="flex items-center gap-1">
        <input
          className="control"
          aria-label={label}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `row-${path}-problem` : undefined}
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          autoComplete="off"
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.target.value)}
          onBlur={() => form.touch(path)}
          onPaste={(event) => {
            const lines = event.clipboardData.getData('text').split(/\r?\n/).filter(Boolean)
            if (lines.length < 2 || value !== '') return
            event.preventDefault()
            onPasteLines(lines)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
              event.preventDefault()
              onAdd()
            }
            if (event.key === 'Backspace' && value === '') {
              event.preventDefault()
              onRemove()
            }
          }}
        />
        {removeButton}
      </div>
      {problem && (
        <p id={`row-${path}-problem`} className="mt-1 text-sm text-bad">
          {problem}
        </p>
      )}
    </div>
  )
}
