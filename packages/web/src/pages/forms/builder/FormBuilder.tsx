import { type FormAccess, shownField } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { ListPlus } from 'lucide-react'
import { type ReactNode, useId, useMemo, useState } from 'react'
import { explain, fieldErrorsOf } from '../../../errors.ts'
import { Button } from '../../../ui/Button.tsx'
import { Field } from '../../../ui/Field.tsx'
import { Section } from '../../../ui/Page.tsx'
import { SegmentedControl } from '../../../ui/SegmentedControl.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { workflowQueries } from '../../workflows/queries.ts'
import { FormFields } from '../fill/FormFields.tsx'
import type { FormClient } from '../fill/form-client.ts'
import { useFormFill } from '../fill/use-form-fill.ts'

import { FieldList } from './FieldList.tsx'
import { fieldOfParameter } from './field-types.ts'
import { type FormDraft, problemText, readInputs } from './form-draft.ts'
import { RoleChoice } from './RoleChoice.tsx'
import { Check, TextSetting } from './settings.tsx'

/** A form with all that can be said of it, and beside it how it looks. */
export function FormBuilder({
  draft,
  onChange,
  client,
  failed,
  problems,
  children,
}: {
  draft: FormDraft
  onChange: (draft: FormDraft) => void
  /** The API that gives the preview its options. */
  client: FormClient
  failed: Error | null
  problems: readonly string[]
  children?: ReactNode
}) {
  const set = (change: Partial<FormDraft>) => onChange({ ...draft, ...change })
  const workflows = useQuery(workflowQueries.list()).data?.items ?? []
  const runnable = workflows.filter(({ type }) => type !== 'data_provider')
  const workflow = runnable.find(({ id, name }) => [id, name].includes(draft.workflow))
  const missing = (workflow?.parameters ?? []).filter(
    ({ name }) => !draft.fields.some((field) => field.name === name),
  )
  const wrong = fieldErrorsOf(failed)
  return (
    <div className="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
      <div className="flex min-w-0 flex-col gap-8">
        {failed && (
          <InlineProblem>
            {wrong.length === 0
              ? explain(failed).message
              : wrong.map((error) => <p key={error.field}>{problemText(draft.fields, error)}</p>)}
          </InlineProblem>
        )}
        {problems.length > 0 && (
          <InlineProblem tone="warn">
            {problems.map((problem) => (
              <p key={problem}>{problem}</p>
            ))}
          </InlineProblem>
        )}
        <Section title="Form">
          <div className="flex flex-col gap-4">
            <TextSetting label="Name" value={draft.name} onChange={(name) => set({ name })} required />
            <TextSetting
              label="Description"
              value={draft.description}
              onChange={(description) => set({ description })}
            />
            <WorkflowSelect
              label="Workflow"
              value={workflow?.id ?? draft.workflow}
              workflows={runnable}
              onChange={(id) => set({ workflow: id })}
            />
          </div>
        </Section>
        <Section
          title="Fields"
          aside={
            missing.length > 0 && (
              <Button
                size="sm"
                icon={ListPlus}
                onClick={() => set({ fields: [...draft.fields, ...missing.map(fieldOfParameter)] })}
              >
                Add the workflow’s parameters
              </Button>
            )
          }
        >
          <FieldList fields={draft.fields} onChange={(fields) => set({ fields })} />
        </Section>
        <Section title="Texts">
          <div className="flex flex-col gap-4">
            <TextSetting
              label="Button"
              value={draft.texts.submit ?? ''}
              placeholder="Submit"
              onChange={(submit) => set({ texts: { ...draft.texts, submit: submit || null } })}
            />
            <TextSetting
              label="After a submission"
              value={draft.texts.success ?? ''}
              placeholder="Submitted."
              onChange={(success) => set({ texts: { ...draft.texts, success: success || null } })}
            />
          </div>
        </Section>
        <Section title="Access">
          <div className="flex flex-col items-start gap-3">
            <SegmentedControl<FormAccess>
              label="Who can use it"
              value={draft.access}
              onChange={(access) => set({ access })}
              options={[
                { value: 'authenticated', label: 'Everyone signed in' },
                { value: 'role_based', label: 'By role' },
              ]}
            />
            {draft.access === 'role_based' && (
              <RoleChoice chosen={draft.role_ids} onChange={(role_ids) => set({ role_ids })} />
            )}
            <Check
              label="Allow scheduling"
              checked={draft.allow_schedule}
              onChange={(allow_schedule) => set({ allow_schedule })}
            />
            <Check label="Enabled" checked={draft.is_active} onChange={(is_active) => set({ is_active })} />
          </div>
        </Section>
        <Section title="Advanced">
          <div className="flex flex-col gap-4">
            <WorkflowSelect
              label="Launch workflow"
              help="Runs when the form is opened; expressions see its result as context."
              value={draft.launch_workflow ?? ''}
              workflows={runnable}
              none="None"
              onChange={(id) => set({ launch_workflow: id || null })}
            />
            <Field
              label="Fixed inputs"
              aside="JSON"
              problem={readInputs(draft.inputs) ? undefined : 'Not a valid JSON object.'}
            >
              {({ id, describedBy, invalid }) => (
                <textarea
                  id={id}
                  aria-describedby={describedBy}
                  aria-invalid={invalid}
                  className="control block font-mono text-sm"
                  rows={3}
                  value={draft.inputs}
                  onChange={(event) => set({ inputs: event.target.value })}
                />
              )}
            </Field>
          </div>
        </Section>
        {children}
      </div>
      <Preview draft={draft} client={client} />
    </div>
  )
}

function Preview({ draft, client }: { draft: FormDraft; client: FormClient }) {
  const [context] = useState({})
  const fields = useMemo(() => draft.fields.map(shownField), [draft.fields])
  const fill = useFormFill(fields, context, client, undefined)
  const id = useId()
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h2 id={id} className="mb-2 text-sm font-semibold text-muted">
        Preview
      </h2>
      <div className="sticky top-4 flex flex-col gap-5 rounded-lg border border-line bg-surface p-5">
        <div>
          <p className="text-lg font-semibold">{draft.name || 'Untitled'}</p>
          {draft.description && <p className="text-muted">{draft.description}</p>}
        </div>
        <FormFields fields={fields} fill={fill} />
        <div className="border-t border-line pt-4">
          <Button look="primary" onClick={() => fill.submit()}>
            {draft.texts.submit || 'Submit'}
          </Button>
        </div>
      </div>
    </section>
  )
}

function WorkflowSelect({
  label,
  help,
  value,
  workflows,
  none,
  onChange,
}: {
  label: string
  help?: string
  value: string
  workflows: readonly { id: string; name: string }[]
  /** What the choice of none is called; absent: one must be chosen. */
  none?: string
  onChange: (id: string) => void
}) {
  return (
    <Field label={label} help={help} required={none === undefined}>
      {({ id, describedBy }) => (
        <select
          id={id}
          aria-describedby={describedBy}
          className="control max-w-96"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          <option value="">{none ?? 'Choose…'}</option>
          {workflows.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
