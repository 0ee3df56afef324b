import type { RunContext } from '@bifrost/contract'

/** What a run knows of the form that it comes from. */
export type RunForm = NonNullable<RunContext['form']>

/** The same, as the columns of its row. */
export interface FormColumns {
  form_id: string | null
  form_name: string | null
  form_data: Pick<RunForm, 'answers' | 'startup'> | null
}

export const formOf = (row: FormColumns): RunForm | null =>
  row.form_id === null
    ? null
    : {
        id: row.form_id,
        name: row.form_name ?? '',
        answers: row.form_data?.answers ?? {},
        startup: row.form_data?.startup ?? null,
      }

/** Values of the three columns, in their order. */
export const formValues = (form: RunForm | null | undefined): (string | null)[] =>
  form
    ? [form.id, form.name, JSON.stringify({ answers: form.answers, startup: form.startup })]
    : [null, null, null]
