import { type FieldError, inputChecker, type Json, type Parameter } from '@bifrost/contract'
import { createContext, useContext, useMemo, useState } from 'react'
import { checkForm, placeErrors, sentence } from './form-problems.ts'
import { type FieldValue, type Problems, startValues, toInput } from './form-values.ts'
import type { UploadTarget } from './upload-file.ts'
import { useAfterPress } from './use-after-press.ts'

/** What the controls of a form share. */
export interface FormState {
  problemAt: (path: string) => string | undefined
  /** Some control below the path has a problem that shows. */
  touch: (path: string) => void
  uploading: (path: string, busy: boolean) => void
  /** Where the file of a field goes; absent: to the uploads of the signed-in person. */
  uploadTo?: (field: string) => UploadTarget
}
const FormContext = createContext<FormState | null>(null)
export const FormProvider = FormContext.Provider

export function useFormState(): FormState {
  const state = useContext(FormContext)
  if (!state) throw new Error('A control stands outside of a form.')
  return state
}

/** Values, problems and checks of a run form. A problem shows once its field was left, or the form was sent. */
export function useParameterForm(parameters: readonly Parameter[], earlier?: Record<string, Json>) {
  const [typed, setValues] = useState(() => startValues(parameters, earlier))
  const [known, setKnown] = useState(parameters)
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [submitted, setSubmitted] = useState(false)
  const [refused, setRefused] = useState<{ problems: Problems; general: FieldError[] }>(nothingRefused)
  const [uploads, setUploads] = useState<ReadonlySet<string>>(new Set())
  const afterPress = useAfterPress()
  const checkInput = useMemo(() => inputChecker(parameters), [parameters])
  let values = typed
  if (known !== parameters && JSON.stringify(known) !== JSON.stringify(parameters)) {
    // The file was saved while the form is open: what still has a field is kept.
    values = startValues(parameters, toInput(known, typed).input)
    setKnown(parameters)
    setValues(values)
    setTouched(new Set())
  }
  const check = checkForm(parameters, values, checkInput)

  const state: FormState = {
    problemAt: (path) => {
      const problem = refused.problems[path] ?? check.problems[path]
      if (problem === undefined) return undefined
      const shows =
        submitted ||
        path in refused.problems ||
        [...touched].some((one) => within(path, one) || within(one, path))
      return shows ? sentence(problem) : undefined
    },
    touch: (path) =>
      afterPress(() => setTouched((before) => (before.has(path) ? before : new Set(before).add(path)))),
    uploading: (path, busy) =>
      setUploads((before) => {
        const next = new Set(before)
        if (busy) next.add(path)
        else next.delete(path)
        return next
      }),
  }

  return {
    values,
    state,
    uploading: uploads.size > 0,
    general: submitted ? [...refused.general, ...check.general] : refused.general,
    setValue: (at: number, value: FieldValue) => {
      setValues((before) => before.with(at, value))
      setRefused((before) => ({
        problems: Object.fromEntries(
          Object.entries(before.problems).filter(([path]) => !within(path, String(at))),
        ),
        general: [],
      }))
    },
    /** The input when it is right; else `null`, and all problems show. */
    submit: (): Record<string, Json> | null => {
      setSubmitted(true)
      setRefused(nothingRefused)
      return Object.keys(check.problems).length + check.general.length === 0 ? check.input : null
    },
    refuse: (errors: readonly FieldError[]) => setRefused(placeErrors(parameters, errors)),
    fill: (input: Record<string, Json>) => {
      setValues(startValues(parameters, input))
      setTouched(new Set())
      setSubmitted(false)
      setRefused(nothingRefused)
    },
    /** The input as far as it can be read, for the samples of "Ways in". */
    input: check.input,
  }
}

const nothingRefused = { problems: {}, general: [] }
const within = (path: string, parent: string) => path === parent || path.startsWith(`${parent}.`)
