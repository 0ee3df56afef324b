import type { Parameter } from '@bifrost/contract'
import { type ReactNode, useState } from 'react'
import { Actions } from './Actions.tsx'
import { FormField } from './FormField.tsx'
import { type FormValue, type FormValues, readAnswer, startValues } from './form-values.ts'
import { useScreen } from './use-screen.ts'

/** Which fields a form has, and what becomes of the answer. */
export interface FormProps {
  /** Those of the screen's `output` when absent. */
  fields?: Parameter[]
  /** What the form starts with; a draft comes first. */
  initial?: { readonly [field: string]: unknown }
  submitLabel?: string
  /** Called with the answer instead of `complete`. */
  onSubmit?: (answer: { [field: string]: unknown }) => void
  /** More buttons beside the one that submits. */
  children?: ReactNode
}

/**
 * A form of the fields that the screen is to be answered with. What the server refuses shows under its field.
 * @example <Form submitLabel="Approve" />
 */
export function Form({ fields, initial, submitLabel = 'Submit', onSubmit, children }: FormProps) {
  const screen = useScreen()
  const shown = fields ?? screen.fields ?? []
  const [values, setValues] = useState<FormValues>(() =>
    startValues(shown, { ...initial, ...record(screen.draft) }),
  )
  const [problems, setProblems] = useState<{ [field: string]: string }>({})
  const submit = () => {
    const read = readAnswer(shown, values)
    setProblems(read.problems)
    if (Object.keys(read.problems).length === 0) (onSubmit ?? screen.complete)(read.answer)
  }
  const set = (name: string, value: FormValue) => setValues((before) => ({ ...before, [name]: value }))
  const told = { ...screen.fieldErrors, ...problems }
  return (
    <form
      className="form"
      noValidate
      aria-label={screen.title}
      onSubmit={(event) => {
        event.preventDefault()
        if (!screen.isBusy) submit()
      }}
    >
      {shown.map((field) => (
        <FormField
          key={field.name}
          field={field}
          path={field.name}
          value={values[field.name] ?? ''}
          problems={told}
          onChange={(value) => set(field.name, value)}
        />
      ))}
      {screen.error && (
        <p className="problem" role="alert">
          {screen.error}
        </p>
      )}
      <Actions>
        <button type="submit" className="primary" disabled={screen.isBusy}>
          {submitLabel}
        </button>
        {children}
      </Actions>
    </form>
  )
}

const record = (value: unknown): { [field: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
