import { useMutation } from '@tanstack/react-query'
import clsx from 'clsx'
import { type ComponentProps, createContext, type ReactNode, useContext, useEffect, useRef } from 'react'
import { type FieldPath, type FieldValues, type UseFormReturn, useFormState } from 'react-hook-form'
import { explain, fieldErrorsOf } from '../errors.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { InlineProblem } from './states.tsx'

/** What the fields and buttons of a form know of it. */
const FormContext = createContext<{ busy: boolean; shown: Set<string> }>({ busy: false, shown: new Set() })
const useFormContext = () => useContext(FormContext)

/** Tells the form that it shows a field, where an error of the API can stand. */
export function useShownField(name: string): void {
  const { shown } = useFormContext()
  useEffect(() => {
    shown.add(name)
    return () => void shown.delete(name)
  }, [shown, name])
}

interface Saving<Values extends FieldValues, Result> {
  form: UseFormReturn<Values>
  save: (values: Values) => Promise<Result>
  /** The form stays busy until what this returns is done. */
  onSaved?: (result: Result, values: Values) => unknown
  /** Names of the API for fields that have another name here. */
  names?: Readonly<Record<string, FieldPath<Values>>>
  /** `save` checks what is required, so that the browser says nothing of it. */
  hasOwnChecks?: boolean
  /** What to say about an error that belongs to no field; `null` when the caller says it. */
  explainError?: (error: unknown) => string | null
}

/** Sends its values; an error shows at the field that the API names, every other one above the fields. */
export function Form<Values extends FieldValues, Result>({
  form,
  save,
  onSaved,
  names = {},
  explainError = (error) => explain(error).message,
  hasOwnChecks = false,
  label,
  className,
  children,
}: Saving<Values, Result> & { label?: string; className?: string; children: ReactNode }) {
  const shown = useRef(new Set<string>()).current
  const { errors } = useFormState({ control: form.control })
  const send = useMutation({
    mutationFn: save,
    onSuccess: onSaved,
    onError: (error) => {
      const places = fieldErrorsOf(error).map(({ field, message }) => ({
        name: names[field] ?? nearest(field, shown),
        message,
      }))
      const isPlaced = places.length > 0 && places.every(({ name }) => name !== undefined && shown.has(name))
      const message = isPlaced ? null : explainError(error)
      if (message !== null) form.setError('root', { message })
      for (const [at, { name, message }] of places.entries())
        if (name !== undefined)
          form.setError(name as FieldPath<Values>, { message }, { shouldFocus: at === 0 })
    },
  })
  return (
    <FormContext value={{ busy: send.isPending, shown }}>
      <form
        aria-label={label}
        noValidate={hasOwnChecks}
        className={clsx('grid gap-4', className)}
        onSubmit={form.handleSubmit((values) => {
          if (!send.isPending) send.mutate(values)
        })}
      >
        {errors.root && <InlineProblem>{errors.root.message}</InlineProblem>}
        {children}
      </form>
    </FormContext>
  )
}

/** The shown field that the API means: `domains` for `domains.0`. */
function nearest(field: string, shown: ReadonlySet<string>): string | undefined {
  const parts = field.replace(/^body\./, '').split('.')
  while (parts.length > 0 && !shown.has(parts.join('.'))) parts.pop()
  return parts.length > 0 ? parts.join('.') : undefined
}

export function SubmitButton({
  look = 'primary',
  ...rest
}: Omit<ComponentProps<typeof Button>, 'busy' | 'type'>) {
  return <Button type="submit" look={look} busy={useFormContext().busy} {...rest} />
}

/** A form in a dialog, with the buttons that every one has. */
export function FormDialog<Values extends FieldValues, Result>({
  title,
  confirm,
  look,
  disabled,
  cancel = 'Cancel',
  className,
  onClose,
  children,
  ...saving
}: Saving<Values, Result> & {
  title: string
  /** The verb on the button that sends; `null` for a form that may only be read. */
  confirm: string | null
  look?: ComponentProps<typeof Button>['look']
  disabled?: boolean
  cancel?: string
  /** Of the dialog, for a wide one. */
  className?: string
  onClose: () => void
  children: ReactNode
}) {
  return (
    <Dialog title={title} onClose={onClose} {...(className && { className })}>
      <Form {...saving}>
        {children}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>{cancel}</Button>
          {confirm !== null && (
            <SubmitButton {...(look && { look })} disabled={disabled}>
              {confirm}
            </SubmitButton>
          )}
        </div>
      </Form>
    </Dialog>
  )
}
