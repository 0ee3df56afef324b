import {
  asksFor,
  checkAnswers,
  type FieldError,
  type FormOption,
  type Json,
  optionNeeds,
  type ShownField,
  visibleFields,
} from '@bifrost/contract'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { sentence } from '../../../parameter-form/form-problems.ts'
import { type FieldValue, startValue, toInput } from '../../../parameter-form/form-values.ts'
import { useAfterPress } from '../../../parameter-form/use-after-press.ts'
import type { FormState } from '../../../parameter-form/use-parameter-form.ts'
import { parameterOf } from './field-parameter.ts'
import type { Answers, FormClient } from './form-client.ts'

/** Values, visibility, options and problems of a designed form, by the same code that the server checks it with. */
export function useFormFill(
  fields: readonly ShownField[],
  context: Answers,
  client: FormClient,
  handle: string | undefined,
) {
  const [values, setValues] = useState<Readonly<Record<string, FieldValue>>>({})
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [submitted, setSubmitted] = useState(false)
  const [refused, setRefused] = useState<readonly FieldError[]>([])
  const [uploads, setUploads] = useState<ReadonlySet<string>>(new Set())
  const afterPress = useAfterPress()

  const asked = fields.filter(asksFor)
  const bare = asked.map((field) => parameterOf(field, context))
  const held = (at: number): FieldValue => {
    const parameter = bare[at]
    return parameter ? (values[parameter.name] ?? startValue(parameter)) : null
  }
  const { input } = toInput(
    bare,
    bare.map((_, at) => held(at)),
  )
  // What was emptied is nothing, not what its default says.
  const answers: Answers = Object.fromEntries(asked.map(({ name }) => [name, input[name] ?? null]))
  const visible = visibleFields(fields, answers, context)

  const loading = asked.filter((field) => field.loads !== null && visible.names.has(field.name))
  // What a person is typing is asked about once they pause.
  const settled = useSettled(visible.values)
  const loaded = useQueries({
    queries: loading.map((field) => {
      const needs = Object.fromEntries(
        optionNeeds(fields, field.name).map((name) => [name, settled[name] ?? null]),
      )
      return {
        queryKey: ['forms', 'options', client.key, field.name, needs, handle],
        queryFn: () => client.options(field.name, needs, handle),
        placeholderData: keepPreviousData,
        staleTime: 30_000,
        retry: false,
      }
    }),
  })
  const options: Record<string, readonly FormOption[]> = {}
  const failures: Record<string, string> = {}
  for (const [at, field] of loading.entries()) {
    const query = loaded[at]
    if (query?.isError) failures[field.name] = 'Couldn’t load the options.'
    if (query?.data && !query.isPlaceholderData) options[field.name] = query.data
  }
  // A choice that is not offered any more, since what it depends on has changed, is none.
  const lost = loading
    .filter(({ name }) => options[name] && !isOffered(answers[name] ?? null, options[name]))
    .map(({ name }) => name)
  const lostNames = lost.join()
  useEffect(() => {
    if (lostNames === '') return
    setValues((before) => {
      const next: Record<string, FieldValue> = { ...before }
      for (const name of lostNames.split(',')) next[name] = Array.isArray(answers[name]) ? { chosen: [] } : ''
      return next
    })
  })

  const checked = checkAnswers(fields, answers, { context, options, matches: looksLike })
  const problems = new Map<string, string>()
  for (const { field, message } of refused) if (!problems.has(field)) problems.set(field, message)
  if (!checked.ok)
    for (const { field, message } of checked.errors) if (!problems.has(field)) problems.set(field, message)

  const state: FormState = {
    problemAt: (name) => {
      const problem = failures[name] ?? problems.get(name)
      const shows =
        submitted || touched.has(name) || name in failures || refused.some(({ field }) => field === name)
      return problem !== undefined && shows ? sentence(problem) : undefined
    },
    touch: (name) => afterPress(() => setTouched((before) => new Set(before).add(name))),
    uploading: (name, busy) =>
      setUploads((before) => {
        const next = new Set(before)
        if (busy) next.add(name)
        else next.delete(name)
        return next
      }),
    ...(client.uploadTo && { uploadTo: client.uploadTo }),
  }

  return {
    state,
    uploading: uploads.size > 0,
    visible: visible.names,
    parameterOf: (field: ShownField) => parameterOf(field, context, options[field.name]),
    valueOf: (name: string) => held(asked.findIndex((field) => field.name === name)),
    setValue: (name: string, value: FieldValue) => {
      setValues((before) => ({ ...before, [name]: value }))
      setRefused((before) => before.filter(({ field }) => field !== name))
    },
    /** Problems that no field in view can show. */
    general: refused.filter(({ field }) => !visible.names.has(field)),
    /** What to send when it is right; else null, and all problems show. */
    submit: (): Answers | null => {
      setSubmitted(true)
      setRefused([])
      return checked.ok ? checked.answers : null
    },
    refuse: (errors: readonly FieldError[]) =>
      setRefused(
        errors.map(({ field, message }) => ({ field: field.replace(/^(body\.)?fields\./, ''), message })),
      ),
  }
}

const PAUSE_MS = 300

/** The values as they were when they last stayed the same for a moment. */
function useSettled(values: Answers): Answers {
  const text = JSON.stringify(values)
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return useMemo(() => JSON.parse(settled) as Answers, [settled])
}

function isOffered(answer: Json, options: readonly FormOption[]): boolean {
  if (answer === null) return true
  const chosen = Array.isArray(answer) ? answer : [answer]
  return chosen.every((one) => options.some((option) => option.value === one))
}

/** The browser's own engine, for an early word; the server decides with another one. */
function looksLike(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text)
  } catch {
    return true
  }
}
