import { type EgressRule, routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { integrationQueries } from './queries.ts'

/** What calls may reach beside the public internet; administrators of the platform open and close it here. */
export function PrivateAddresses() {
  const canWrite = useMay()('platform:admin')
  const rules = useQuery(integrationQueries.egressRules())
  const [adding, setAdding] = useState(false)
  if (!rules.data) return null
  const { items, installation } = rules.data
  if (!canWrite && items.length === 0 && installation.length === 0) return null
  return (
    <Section
      title="Private addresses"
      className="mt-10"
      aside={
        canWrite &&
        !adding && (
          <Button size="sm" icon={Plus} onClick={() => setAdding(true)}>
            Allow an address
          </Button>
        )
      }
    >
      <p className="max-w-2xl text-sm text-muted">
        Workflows and integrations can call the public internet and the addresses allowed here.
      </p>
      {adding && <AddRule onClose={() => setAdding(false)} />}
      {(items.length > 0 || installation.length > 0) && (
        <ul className="mt-3 divide-y divide-line border-y border-line text-sm">
          {installation.map((rule) => (
            <li key={rule} className="flex flex-wrap gap-x-3 py-2">
              <code className="font-mono break-all">{rule}</code>
              <span className="ml-auto text-muted">by an installation setting</span>
            </li>
          ))}
          {items.map((rule) => (
            <Rule key={rule.id} rule={rule} canWrite={canWrite} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function Rule({ rule, canWrite }: { rule: EgressRule; canWrite: boolean }) {
  const { organization, acting } = useMe()
  const client = useQueryClient()
  const close = useMutation({
    mutationFn: () => api(routes.deleteEgressRule, { params: { id: rule.id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: integrationQueries.egressRules().queryKey })
      notify.done(`${rule.rule} removed`)
    },
    onError: notify.failure,
  })
  const isOwn = acting === 'global' ? rule.org_id === null : rule.org_id === organization.id
  return (
    <li className="flex flex-wrap items-center gap-x-3 py-1.5">
      <code className="font-mono break-all">{rule.rule}</code>
      <span className="min-w-0 text-muted">{rule.note}</span>
      <span className="ml-auto text-muted">
        {rule.org_id === null ? 'for all organizations' : isOwn ? '' : 'inherited'}
      </span>
      {canWrite && isOwn && (
        <IconButton
          size="sm"
          icon={Trash2}
          label={`Remove ${rule.rule}`}
          disabled={close.isPending}
          onClick={() => close.mutate()}
        />
      )}
    </li>
  )
}

function AddRule({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const form = useForm({ defaultValues: { rule: '', note: '' } })
  const { control } = form
  return (
    <Form
      form={form}
      label="Allow a private address"
      className="mt-3 max-w-2xl"
      save={({ rule, note }) => api(routes.addEgressRule, { body: { rule: rule.trim(), note: note.trim() } })}
      onSaved={async (added) => {
        await client.invalidateQueries({ queryKey: integrationQueries.egressRules().queryKey })
        notify.done(`${added.rule} allowed`)
        onClose()
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          control={control}
          name="rule"
          label="Address"
          placeholder="192.168.1.5:9100"
          help="A network, an address or a host name, with or without a port"
          required
          spellCheck={false}
        />
        <TextField
          control={control}
          name="note"
          label="Description"
          placeholder="the printer"
          maxLength={500}
        />
      </div>
      <div className="flex gap-2">
        <SubmitButton>Allow</SubmitButton>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Form>
  )
}
