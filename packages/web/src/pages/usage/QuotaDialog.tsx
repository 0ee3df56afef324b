import { type QuotaUsage, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
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
  const form = useForm<{ choice: Choice; number: string }>({
    defaultValues: {
      choice: quota.limit === quota.default ? 'default' : quota.limit === null ? 'none' : 'number',
      number: String(Math.round((quota.limit ?? quota.default ?? 0) / unit)),
    },
  })
  const { control } = form
  const choice = useWatch({ control, name: 'choice' })
  return (
    <FormDialog
      form={form}
      title={`${words.name} of ${organization.name}`}
      confirm="Save"
      names={{ [quota.name]: 'number' }}
      save={({ number }) => {
        const value = choice === 'number' ? Number(number) * unit : choice === 'none' ? null : 'default'
        return api(routes.setQuotas, { params: { id: organization.id }, body: { [quota.name]: value } })
      }}
      onSaved={async () => {
        await client.invalidateQueries({ queryKey: ['usage'] })
        notify.done(`${words.name} for ${organization.name} saved`)
        onClose()
      }}
      onClose={onClose}
    >
      <div>
        <SegmentedControl
          label="Limit"
          value={choice}
          options={[
            { value: 'default', label: `Default: ${formatQuota(quota.name, quota.default)}` },
            { value: 'number', label: 'Custom' },
            ...(quota.default === null ? [] : [{ value: 'none' as const, label: 'None' }]),
          ]}
          onChange={(next) => form.setValue('choice', next)}
        />
      </div>
      {choice === 'number' && (
        <TextField
          control={control}
          name="number"
          label={words.isBytes ? 'Megabytes' : 'Number'}
          help={words.about}
          look="sm:w-48"
          inputMode="numeric"
          check={(text: string) => (/^\d{1,12}$/.test(text.trim()) ? undefined : 'Must be a whole number')}
          focus
        />
      )}
    </FormDialog>
  )
}
