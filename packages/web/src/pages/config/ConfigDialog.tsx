import { type ConfigEntry, type Json, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { SegmentedControl } from '../../components/SegmentedControl.tsx'
import { Switch } from '../../components/Switch.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
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
  const [key, setKey] = useState(entry?.key ?? '')
  const [secret, setSecret] = useState(entry?.is_secret ?? false)
  const [lend, setLend] = useState(isOwn && entry?.lend_below === true)
  const [kind, setKind] = useState<ValueKind>(entry && !entry.is_secret ? kindOf(entry.value) : 'text')
  const [text, setText] = useState(entry && !entry.is_secret ? toText(entry.value) : '')
  const [problem, setProblem] = useState<string>()
  const keepsSecret = isOwn && entry?.is_secret === true && secret && text === ''

  const save = useMutation({
    mutationFn: (value: Json | undefined) =>
      api(routes.setConfig, {
        params: { key: key.trim() },
        body: {
          is_secret: secret,
          ...(secret ? { lend_below: lend } : {}),
          ...(value === undefined ? {} : { value }),
          // Somebody else may have been here since this was opened.
          version: isOwn && entry ? entry.version : 0,
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: configQueries.list().queryKey })
      notify.done(`${key.trim()} saved`)
      onClose()
    },
  })
  const fields = fieldErrorsOf(save.error)
  const keyProblem = fields.find(({ field }) => /key$/.test(field))?.message

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (keepsSecret) return save.mutate(undefined)
    const read = fromText(kind, text)
    setProblem(read.ok ? undefined : read.problem)
    if (read.ok) save.mutate(read.value)
  }
  return (
    <Dialog title={entry ? `${isOwn ? 'Edit' : 'Override'} ${entry.key}` : 'Set a value'} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {!isOwn && (
          <p className="text-muted">
            For <span className="font-medium text-ink">{owner}</span>
            {entry ? '; the inherited value stays as it is.' : '.'}
          </p>
        )}
        {save.isError && !keyProblem && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        {!entry && (
          <Field label="Key" required problem={keyProblem} help="Letters, digits and . _ - /">
            {({ id, describedBy, invalid }) => (
              <input
                id={id}
                className="control font-mono"
                aria-describedby={describedBy}
                aria-invalid={invalid}
                value={key}
                required
                maxLength={200}
                pattern="[\w.\-\/]+"
                data-autofocus
                autoComplete="off"
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
        )}
        <div>
          <SegmentedControl label="Type" value={kind} options={kindLabels} onChange={setKind} />
        </div>
        <Field
          label="Value"
          problem={problem}
          help={isOwn && entry?.is_secret && secret ? 'Leave empty to keep the current secret.' : undefined}
        >
          {({ id, describedBy, invalid }) => {
            const shared = {
              id,
              'aria-describedby': describedBy,
              'aria-invalid': invalid,
              value: text,
              onChange: (event: { target: { value: string } }) => setText(event.target.value),
            }
            if (kind === 'yes-no')
              return (
                <select className="control w-auto" {...shared} value={text === 'true' ? 'true' : 'false'}>
                  <option value="true">Yes</option>
                  <option value="false">No</option>
                </select>
              )
            if (kind === 'json')
              return (
                <textarea
                  className="control block font-mono text-sm"
                  rows={6}
                  spellCheck={false}
                  {...shared}
                />
              )
            return (
              <input
                className="control"
                type={secret ? 'password' : 'text'}
                autoComplete={secret ? 'new-password' : 'off'}
                inputMode={kind === 'number' ? 'decimal' : 'text'}
                {...shared}
              />
            )
          }}
        </Field>
        <div className="flex items-center gap-2.5">
          <Switch id="config-secret" checked={secret} onChange={setSecret} />
          <label htmlFor="config-secret">
            Secret <span className="text-sm text-faint">encrypted, and hidden in logs and results</span>
          </label>
        </div>
        {secret && (
          <div className="grid gap-1">
            <div className="flex items-center gap-2.5">
              <Switch id="config-lend" checked={lend} onChange={setLend} />
              <label htmlFor="config-lend">Available to organizations below</label>
            </div>
            <p className="text-sm text-faint">
              {lend
                ? 'Developers of those organizations can write code that reads this secret, and see it.'
                : 'Only code of its owner can read it.'}
            </p>
          </div>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
