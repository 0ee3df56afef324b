import { type ConfigEntry, type Json, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { type Control, useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, SwitchField, TextAreaField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { fromText, kindOf, toText, type ValueKind } from './config-value.ts'
import { configQueries } from './queries.ts'

const kindLabels: { value: ValueKind; label: string }[] = [
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'yes-no', label: 'Yes or no' },
  { value: 'json', label: 'JSON' },
]

/** Sets a value, or changes one. A secret that is left empty keeps its value. */
export function ConfigDialog({
  entry,
  owner,
  isOwn,
  onClose,
}: {
  entry: ConfigEntry | null
  /** The organization that it is set for, or global. */
  owner: string
  /** The entry is one of theirs, and not an inherited one that gets another value. */
  isOwn: boolean
  onClose: () => void
}) {
  const client = useQueryClient()
  const form = useForm({
    defaultValues: {
      key: entry?.key ?? '',
      is_secret: entry?.is_secret ?? false,
      lend_below: isOwn && entry?.lend_below === true,
      kind: (entry && !entry.is_secret ? kindOf(entry.value) : 'text') as ValueKind,
      value: entry && !entry.is_secret ? toText(entry.value) : '',
    },
  })
  const { control } = form
  const [secret, lend, kind] = useWatch({ control, name: ['is_secret', 'lend_below', 'kind'] })
  const mayKeep = isOwn && entry?.is_secret === true && secret
  const read = (text: string): Json | undefined => {
    if (mayKeep && text === '') return undefined
    const value = fromText(kind, text)
    return value.ok ? value.value : undefined
  }
  return (
    <FormDialog
      form={form}
      title={entry ? `${isOwn ? 'Edit' : 'Override'} ${entry.key}` : 'Set a value'}
      confirm="Save"
      save={({ key, value: text }) => {
        const value = read(text)
        return api(routes.setConfig, {
          params: { key: key.trim() },
          body: {
            is_secret: secret,
            ...(secret ? { lend_below: lend } : {}),
            ...(value === undefined ? {} : { value }),
            // Another person may have changed it since this was opened.
            version: isOwn && entry ? entry.version : 0,
          },
        })
      }}
      onSaved={async (_, { key }) => {
        await client.invalidateQueries({ queryKey: configQueries.list().queryKey })
        notify.done(`${key.trim()} saved`)
        onClose()
      }}
      onClose={onClose}
    >
      {!isOwn && (
        <p className="text-muted">
          For <span className="font-medium text-ink">{owner}</span>
          {entry ? '. The inherited value does not change.' : '.'}
        </p>
      )}
      {!entry && (
        <TextField
          control={control}
          name="key"
          label="Key"
          help="Letters, digits and . _ - /"
          look="font-mono"
          required
          maxLength={200}
          pattern="[\w.\-\/]+"
          focus
        />
      )}
      <div>
        <SegmentedControl
          label="Type"
          value={kind}
          options={kindLabels}
          onChange={(next) => {
            form.setValue('kind', next)
            form.clearErrors('value')
          }}
        />
      </div>
      <ValueField
        control={control}
        kind={kind}
        isSecret={secret}
        help={mayKeep ? 'Leave empty to keep the current secret.' : undefined}
        check={(text) => {
          const value = fromText(kind, text)
          return value.ok || (mayKeep && text === '') ? undefined : value.problem
        }}
      />
      <SwitchField
        control={control}
        name="is_secret"
        label="Secret"
        note="encrypted, and hidden in logs and results"
      />
      {secret && (
        <div className="grid gap-1">
          <SwitchField control={control} name="lend_below" label="Available to organizations below" />
          <p className="text-sm text-faint">
            {lend
              ? 'Developers of those organizations can write code that reads this secret, and see it.'
              : 'Only its owner’s code can read it.'}
          </p>
        </div>
      )}
    </FormDialog>
  )
}

interface Entry {
  key: string
  is_secret: boolean
  lend_below: boolean
  kind: ValueKind
  value: string
}

/** A value by its type. */
function ValueField({
  control,
  kind,
  isSecret,
  ...rest
}: {
  control: Control<Entry>
  kind: ValueKind
  isSecret: boolean
  help: string | undefined
  check: (text: string) => string | undefined
}) {
  const field = { control, name: 'value', label: 'Value', ...rest } as const
  if (kind === 'yes-no') return <SelectField {...field} options={yesOrNo} />
  if (kind === 'json') return <TextAreaField {...field} rows={6} />
  return (
    <TextField
      {...field}
      type={isSecret ? 'password' : 'text'}
      autoComplete={isSecret ? 'new-password' : 'off'}
      inputMode={kind === 'number' ? 'decimal' : 'text'}
    />
  )
}

const yesOrNo = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
]
