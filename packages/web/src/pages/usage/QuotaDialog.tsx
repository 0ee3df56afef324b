import { type QuotaUsage, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { SegmentedControl } from '../../components/SegmentedControl.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { formatQuota, quotaWords } from './quota-words.ts'

type Choice = 'default' | 'number' | 'none'

const MEGABYTE = 1024 * 1024

/** Sets what one organization may use. */
export function QuotaDialog({
  quota,
  organization,
  onClose,
}: {
  quota: QuotaUsage
  organization: { id: string; name: string }
  onClose: () => void
}) {
  const client = useQueryClient()
  const words = quotaWords[quota.name]
  const unit = words.isBytes ? MEGABYTE : 1
  const [choice, setChoice] = useState<Choice>(
    quota.limit === quota.default ? 'default' : quota.limit === null ? 'none' : 'number',
  )
  const [text, setText] = useState(String(Math.round((quota.limit ?? quota.default ?? 0) / unit)))
  const [problem, setProblem] = useState<string>()
  const save = useMutation({
    mutationFn: (value: number | null | 'default') =>
      api(routes.setQuotas, { params: { id: organization.id }, body: { [quota.name]: value } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['usage'] })
      notify.done(`${words.name} for ${organization.name} saved`)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (choice !== 'number') return save.mutate(choice === 'none' ? null : 'default')
    const isWhole = /^\d{1,12}$/.test(text.trim())
    setProblem(isWhole ? undefined : 'Must be a whole number')
    if (isWhole) save.mutate(Number(text) * unit)
  }
  return (
    <Dialog title={`${words.name} of ${organization.name}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {save.isError && <InlineProblem>{explain(save.error).message}</InlineProblem>}
        <div>
          <SegmentedControl
            label="Limit"
            value={choice}
            options={[
              { value: 'default', label: `Default: ${formatQuota(quota.name, quota.default)}` },
              { value: 'number', label: 'Custom' },
              ...(quota.default === null ? [] : [{ value: 'none' as const, label: 'None' }]),
            ]}
            onChange={setChoice}
          />
        </div>
        {choice === 'number' && (
          <Field label={words.isBytes ? 'Megabytes' : 'Number'} problem={problem} help={words.about}>
            {({ id, describedBy, invalid }) => (
              <input
                id={id}
                className="control sm:w-48"
                inputMode="numeric"
                aria-describedby={describedBy}
                aria-invalid={invalid}
                value={text}
                data-autofocus
                autoComplete="off"
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
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
