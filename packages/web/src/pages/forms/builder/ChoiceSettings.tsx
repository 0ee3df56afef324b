import type { FormField, Json, Parameter, ProviderInput } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../../../ui/Field.tsx'
import { SegmentedControl } from '../../../ui/SegmentedControl.tsx'
import { workflowQueries } from '../../workflows/queries.ts'
import { optionLines, readOptions } from './field-types.ts'

/** Where the options of a field come from: lines of text, or a data provider with inputs. */
export function ChoiceSettings({
  field,
  others,
  onChange,
  problem,
}: {
  field: FormField
  others: readonly FormField[]
  onChange: (change: Partial<FormField>) => void
  problem: string | undefined
}) {
  const [lines, setLines] = useState(optionLines(field.options))
  const workflows = useQuery(workflowQueries.list())
  const providers = (workflows.data?.items ?? []).filter(({ type }) => type === 'data_provider')
  const from = field.provider ? 'provider' : 'list'
  const chosen = providers.find(({ id, name }) => [id, name].includes(field.provider?.id ?? ''))
  const setInput = (name: string, input: ProviderInput | null) => {
    if (!field.provider) return
    const { [name]: _, ...rest } = field.provider.inputs ?? {}
    onChange({ provider: { ...field.provider, inputs: input ? { ...rest, [name]: input } : rest } })
  }
  return (
    <div className="flex flex-col items-stretch gap-3">
      <SegmentedControl
        label="Options"
        value={from}
        onChange={(next) =>
          onChange(
            next === 'list'
              ? { provider: null, options: readOptions(lines, field.options) }
              : { options: null, provider: { id: providers[0]?.id ?? '', inputs: {} } },
          )
        }
        options={[
          { value: 'list', label: 'Options' },
          { value: 'provider', label: 'Data provider' },
        ]}
      />
      {from === 'list' ? (
        <Field label="Options" help="One per line, as value | label, or the value alone." problem={problem}>
          {({ id, describedBy, invalid }) => (
            <textarea
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              className="control block"
              rows={5}
              value={lines}
              onChange={(event) => {
                setLines(event.target.value)
                onChange({ options: readOptions(event.target.value, field.options) })
              }}
            />
          )}
        </Field>
      ) : (
        <>
          <Field label="Data provider" problem={problem}>
            {({ id, describedBy, invalid }) => (
              <select
                id={id}
                aria-describedby={describedBy}
                aria-invalid={invalid}
                className="control"
                value={chosen?.id ?? ''}
                onChange={(event) => onChange({ provider: { id: event.target.value, inputs: {} } })}
              >
                {!chosen && <option value="">Choose…</option>}
                {providers.map(({ id: value, name }) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {chosen?.parameters.map((parameter) => (
            <ProviderInputSetting
              key={`${chosen.id}/${parameter.name}`}
              parameter={parameter}
              input={field.provider?.inputs?.[parameter.name] ?? null}
              others={others}
              onChange={(input) => setInput(parameter.name, input)}
            />
          ))}
        </>
      )}
    </div>
  )
}

/** A constant in the type that the provider takes. */
function readConstant({ type }: Parameter, text: string): Json {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  const isNumber = type === 'number' || type === 'integer'
  return isNumber && text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text
}

type Kind = 'none' | 'field' | 'value' | 'expression'

const kindOf = (input: ProviderInput | null): Kind =>
  input === null ? 'none' : 'field' in input ? 'field' : 'expression' in input ? 'expression' : 'value'

function ProviderInputSetting({
  parameter,
  input,
  others,
  onChange,
}: {
  parameter: Parameter
  input: ProviderInput | null
  others: readonly FormField[]
  onChange: (input: ProviderInput | null) => void
}) {
  const { label, required } = parameter
  const kind = kindOf(input)
  const choose = (next: Kind) => {
    if (next === 'none') onChange(null)
    else if (next === 'field') onChange({ field: others[0]?.name ?? '' })
    else if (next === 'expression') onChange({ expression: 'fields.' })
    else onChange({ value: '' })
  }
  return (
    <Field label={label} required={required}>
      {({ id }) => (
        <div className="flex flex-wrap gap-2">
          <select
            id={id}
            className="control w-auto"
            value={kind}
            onChange={(event) => choose(event.target.value as Kind)}
          >
            <option value="none">Nothing</option>
            {others.length > 0 && <option value="field">Field</option>}
            <option value="value">Constant</option>
            <option value="expression">Expression</option>
          </select>
          {input && 'field' in input && (
            <select
              aria-label={`Field for ${label}`}
              className="control w-auto flex-1"
              value={input.field}
              onChange={(event) => onChange({ field: event.target.value })}
            >
              {others.map(({ name, label: text }) => (
                <option key={name} value={name}>
                  {text || name}
                </option>
              ))}
            </select>
          )}
          {input && !('field' in input) && (
            <input
              aria-label={`${kind === 'value' ? 'Constant' : 'Expression'} for ${label}`}
              className="control flex-1"
              value={'value' in input ? String(input.value ?? '') : input.expression}
              onChange={(event) =>
                onChange(
                  kind === 'value'
                    ? { value: readConstant(parameter, event.target.value) }
                    : { expression: event.target.value },
                )
              }
            />
          )}
        </div>
      )}
    </Field>
  )
}
