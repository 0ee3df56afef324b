import type { FileRef } from '@bifrost/contract'
import { timeZoneNote } from '../format.ts'
import { Field, FieldNotes, RequiredMark } from '../ui/Field.tsx'
import { Prose } from '../ui/Prose.tsx'
import { Switch } from '../ui/Switch.tsx'
import { ChoiceControl, ChoicesControl, YesNoControl } from './ChoiceControls.tsx'
import { controlKind, type DrawnParameter } from './control-kinds.ts'
import { type ControlProps, helpText, type TypedProps } from './FieldGroup.tsx'
import { FileControl } from './FileControl.tsx'
import type { ChoicesValue, ListValue, ObjectValue } from './form-values.ts'
import { JsonControl } from './JsonControl.tsx'
import { ListControl } from './ListControl.tsx'
import { ObjectControl } from './ObjectControl.tsx'
import { useFormState } from './use-parameter-form.ts'

/** The control of one parameter, by its type, with label, help and problem. */
export function ParameterField(props: ControlProps) {
  const { parameter, path, value, onChange, label = parameter.label } = props
  const form = useFormState()
  const problem = form.problemAt(path)
  const kind = controlKind(parameter)
  const help = <Help parameter={parameter} />

  switch (kind) {
    case 'object':
      return <ObjectControl {...props} Field={ParameterField} value={value as ObjectValue | null} />
    case 'list':
      return <ListControl {...props} Field={ParameterField} value={value as ListValue} />
    case 'choices':
      return <ChoicesControl {...props} value={value as ChoicesValue} />
    case 'yes-no':
      return <YesNoControl {...props} value={value as boolean | null} />
    case 'choice':
      return <ChoiceControl {...props} value={value as string} />
    case 'toggle':
      return (
        <div>
          <div className="flex items-center gap-2.5">
            <Switch
              id={`field-${path}`}
              checked={value === true}
              onChange={onChange}
              aria-describedby={`field-${path}-help`}
            />
            <label htmlFor={`field-${path}`} className="font-medium">
              {label}
              {parameter.control && parameter.required && <RequiredMark />}
            </label>
          </div>
          <FieldNotes id={`field-${path}`} help={helpText(parameter)} problem={problem} />
        </div>
      )
    default:
      return (
        <Field
          label={label}
          required={parameter.required}
          help={helpText(parameter) ? help : undefined}
          problem={problem}
          aside={asideOf(parameter)}
        >
          {({ id, describedBy, invalid }) => {
            const shared = {
              id,
              'aria-describedby': describedBy,
              'aria-invalid': invalid,
              'aria-required': parameter.required,
              onBlur: () => form.touch(path),
            }
            if (kind === 'file')
              return <FileControl {...props} value={value as FileRef | null} ids={shared} />
            const typed = { ...shared, value: typeof value === 'string' ? value : '' }
            if (kind === 'json') return <JsonControl typed={typed} onChange={onChange} />
            return <TypedControl kind={kind} parameter={parameter} typed={typed} onChange={onChange} />
          }}
        </Field>
      )
  }
}

function TypedControl({
  kind,
  parameter,
  typed,
  onChange,
}: {
  kind: 'text' | 'multiline' | 'number' | 'datetime' | 'date'
  parameter: DrawnParameter
  typed: TypedProps
  onChange: (value: string) => void
}) {
  const placeholder =
    parameter.placeholder ?? (typeof parameter.default === 'object' ? '' : String(parameter.default))
  const change = (event: { target: { value: string } }) => onChange(event.target.value)
  if (kind === 'multiline') {
    const rows = Math.min(14, Math.max(4, typed.value.split('\n').length + 1))
    return (
      <textarea
        className="control block resize-y"
        rows={rows}
        placeholder={placeholder}
        {...typed}
        onChange={change}
      />
    )
  }
  if (kind === 'date') return <input type="date" className="control max-w-48" {...typed} onChange={change} />
  if (kind === 'datetime')
    return <input type="datetime-local" step={1} className="control max-w-64" {...typed} onChange={change} />
  if (kind === 'number')
    return (
      <input
        type="text"
        inputMode={parameter.type === 'integer' ? 'numeric' : 'decimal'}
        className="control tabular max-w-56"
        autoComplete="off"
        placeholder={placeholder}
        {...typed}
        onChange={change}
      />
    )
  return (
    <input
      type={parameter.inputType ?? (/e-?mail/i.test(parameter.name) ? 'email' : 'text')}
      className="control"
      autoComplete="off"
      placeholder={placeholder}
      {...typed}
      onChange={change}
    />
  )
}

function asideOf(parameter: DrawnParameter): string | undefined {
  const { type } = parameter
  if (type === 'datetime') return timeZoneNote()
  if (type === 'integer') return 'integer'
  if (type === 'json') return 'JSON'
  return parameter.required ? undefined : 'optional'
}

function Help({ parameter }: { parameter: DrawnParameter }) {
  return (
    <>
      {parameter.help && <Prose text={parameter.help} />}
      {parameter.note && <span className="block text-xs text-faint">{parameter.note}</span>}
    </>
  )
}
