import type { ComponentType } from 'react'
import { FieldNotes, RequiredMark } from '../ui/Field.tsx'
import type { DrawnParameter } from './control-kinds.ts'
import type { FieldValue } from './form-values.ts'
import { useFormState } from './use-parameter-form.ts'

export interface ControlProps<Value extends FieldValue = FieldValue> {
  parameter: DrawnParameter
  path: string
  value: Value
  onChange: (value: FieldValue) => void
  /** Names the control where its label is not in view, such as in the row of a list. */
  label?: string
}

/** A control with fields inside. The caller draws them, so that the files do not import in a circle. */
export type NestingProps<Value extends FieldValue> = ControlProps<Value> & {
  Field: ComponentType<ControlProps>
}

/** What an input or textarea is given besides its own attributes. */
export interface TypedProps {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': boolean
  'aria-required': boolean
  value: string
  onBlur: () => void
}

export const helpText = ({ help, note }: DrawnParameter): string | undefined =>
  [help, note].filter(Boolean).join(' ') || undefined

/** The frame of a control that is a group: legend, help, problem. */
export function FieldGroup({
  parameter,
  path,
  label = parameter.label,
  aside,
  boxed = false,
  children,
}: Pick<ControlProps, 'parameter' | 'path' | 'label'> & {
  aside?: React.ReactNode
  boxed?: boolean
  children: React.ReactNode
}) {
  const problem = useFormState().problemAt(path)
  const id = `group-${path}`
  return (
    <fieldset
      className={boxed ? 'min-w-0 rounded-lg border border-line p-4 pt-3' : 'min-w-0'}
      aria-describedby={
        [helpText(parameter) && `${id}-help`, problem && `${id}-problem`].filter(Boolean).join(' ') ||
        undefined
      }
    >
      {/* Floated, because a legend is otherwise laid out by rules of its own. */}
      <legend className="float-left mb-1 font-medium">
        {label}
        {parameter.required && <RequiredMark />}
      </legend>
      {aside && <div className="float-right pt-0.5 text-xs text-faint">{aside}</div>}
      <div className="clear-both">
        {/* Below a box the help would seem to belong to its last field. */}
        {boxed && <FieldNotes id={id} help={helpText(parameter)} problem={problem} />}
        <div className={boxed ? 'mt-2' : ''}>{children}</div>
        {!boxed && <FieldNotes id={id} help={helpText(parameter)} problem={problem} />}
      </div>
    </fieldset>
  )
}
