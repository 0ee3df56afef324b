import { type IdentityProvider, newPeopleRoles, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { Switch } from '../../components/Switch.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { roleGroups } from '../../role-names.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
import { singleSignOnQueries } from './queries.ts'

type Role = (typeof newPeopleRoles)[number]

/** Adds an identity provider or changes one. */
export function ProviderDialog({
  provider,
  organizations,
  onClose,
}: {
  provider: IdentityProvider | null
  organizations: readonly { id: string; name: string }[]
  onClose: () => void
}) {
  const client = useQueryClient()
  const [flags, setFlags] = useState({
    is_listed: provider?.is_listed ?? true,
    is_active: provider?.is_active ?? true,
    may_be_private: provider?.may_be_private ?? false,
    is_email_trusted: provider?.is_email_trusted ?? false,
  })
  const save = useMutation({
    mutationFn: (given: FormData) => {
      const text = (name: string) => String(given.get(name) ?? '').trim()
      const secret = text('client_secret')
      const body = {
        name: text('name'),
        issuer: text('issuer'),
        client_id: text('client_id'),
        ...(secret ? { client_secret: secret } : {}),
        organization_id: text('organization_id'),
        domains: text('domains')
          .toLowerCase()
          .split(/[\s,]+/)
          .filter(Boolean),
        new_people_role: (text('new_people_role') || null) as Role | null,
        ...flags,
      }
      return provider
        ? api(routes.updateIdentityProvider, { params: { id: provider.id }, body })
        : api(routes.createIdentityProvider, { body })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: singleSignOnQueries.providers().queryKey })
      notify.done(provider ? 'Provider saved' : 'Provider added')
      onClose()
    },
  })
  const problems = fieldErrorsOf(save.error)
  const problemOf = (field: string) => problems.find((problem) => problem.field.startsWith(field))?.message
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  const input = (name: string, label: string, initial: string, more: InputMore = {}) => (
    <Field label={label} help={more.help} problem={problemOf(name)} required={more.required !== false}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          name={name}
          type={more.type ?? 'text'}
          className="control"
          defaultValue={initial}
          required={more.required !== false}
          placeholder={more.placeholder}
          autoComplete="off"
          {...(more.focus ? { 'data-autofocus': true } : {})}
        />
      )}
    </Field>
  )
  return (
    <Dialog
      title={provider ? `Edit ${provider.name}` : 'Add an identity provider'}
      onClose={onClose}
      className="w-[min(38rem,calc(100vw-2rem))]"
    >
      <form onSubmit={submit} className="grid gap-4">
        {save.isError && problems.length === 0 && (
          <InlineProblem>{explain(save.error).message}</InlineProblem>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          {input('name', 'Name', provider?.name ?? '', { placeholder: 'Contoso', focus: true })}
          {input('issuer', 'Issuer', provider?.issuer ?? '', {
            type: 'url',
            placeholder: 'https://login.example.com',
          })}
          {input('client_id', 'Client ID', provider?.client_id ?? '')}
          {input('client_secret', 'Client secret', '', {
            type: 'password',
            required: false,
            help: provider?.has_client_secret ? 'Leave empty to keep the current secret.' : undefined,
          })}
          <Field label="Organization" help="The organization that its people belong to.">
            {({ id, describedBy }) => (
              <select
                id={id}
                aria-describedby={describedBy}
                name="organization_id"
                className="control"
                defaultValue={provider?.organization_id}
              >
                {organizations.map((organization) => (
                  <option key={organization.id} value={organization.id}>
                    {organization.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Role of new people">
            {({ id }) => (
              <select
                id={id}
                name="new_people_role"
                className="control"
                defaultValue={provider?.new_people_role ?? ''}
              >
                <option value="">None: only people with an account can sign in</option>
                {newPeopleRoles.map((role) => (
                  <option key={role} value={role}>
                    {roleGroups[role]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {input('domains', 'Domains', provider?.domains.join(', ') ?? '', {
          help: 'Only email addresses in these domains can sign in with it.',
          placeholder: 'contoso.com, contoso.ch',
        })}
        <div className="grid gap-3">
          <Flag
            label="Enabled"
            checked={flags.is_active}
            onChange={(is_active) => setFlags({ ...flags, is_active })}
          />
          <Flag
            label="Shown to everyone on the sign-in page"
            checked={flags.is_listed}
            onChange={(is_listed) => setFlags({ ...flags, is_listed })}
          />
          <Flag
            label="Trust email addresses that it does not mark as verified"
            checked={flags.is_email_trusted}
            onChange={(is_email_trusted) => setFlags({ ...flags, is_email_trusted })}
          />
          <Flag
            label="Allow a private address and plain HTTP"
            checked={flags.may_be_private}
            onChange={(may_be_private) => setFlags({ ...flags, may_be_private })}
          />
        </div>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            {provider ? 'Save' : 'Add'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface InputMore {
  type?: string
  help?: string | undefined
  required?: boolean
  placeholder?: string
  focus?: boolean
}

function Flag({
  label,
  checked,
  onChange,
}: {
  label: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <div className="flex items-center gap-3">
      <Switch id={id} checked={checked} onChange={onChange} />
      <label htmlFor={id}>{label}</label>
    </div>
  )
}
