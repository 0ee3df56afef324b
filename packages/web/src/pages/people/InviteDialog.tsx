import type { RouteAnswer } from '@bifrost/contract'
import { type AccountRole, limits, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { rolesToGive } from '../../role-names.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { peopleQueries } from './queries.ts'
import { RoleField } from './RoleField.tsx'

/** Invites a person, and shows the link once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const [made, setMade] = useState<RouteAnswer<typeof routes.createInvitation> | null>(null)
  const form = useForm({
    defaultValues: { email: '', role: 'member' as AccountRole, days: limits.invitationDaysDefault as number },
  })
  const { control } = form
  if (made)
    return (
      <Dialog title="Share the invitation link" onClose={onClose}>
        <p className="text-muted">
          Copy it now; it won’t be shown again. It works once, and anyone who opens it can sign up as{' '}
          {made.email}, so share it only with that person.
          {made.mail !== 'none' && ' It is also sent by email.'}
        </p>
        <div className="mt-3">
          <CopyLine text={made.link} label="Copy the link" />
        </div>
        <div className="mt-5 flex justify-end">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  return (
    <FormDialog
      form={form}
      title={`Invite people to ${me.organization.name}`}
      confirm="Invite"
      save={({ email, role, days }) =>
        api(routes.createInvitation, { body: { email: email.trim(), role, expires_in_days: days } })
      }
      onSaved={async (invitation) => {
        await client.invalidateQueries({ queryKey: peopleQueries.invitations().queryKey })
        setMade(invitation)
      }}
      onClose={onClose}
    >
      <TextField control={control} name="email" label="Email" type="email" required maxLength={254} focus />
      <RoleField
        control={control}
        name="role"
        choices={rolesToGive(me, me.is_provider && (me.acting === 'home' || me.acting === 'global'))}
      />
      <SelectField control={control} name="days" label="Valid for" options={lifetimes} />
    </FormDialog>
  )
}

const lifetimes = [1, limits.invitationDaysDefault, limits.invitationDaysMax].map((days) => ({
  value: days,
  label: days === 1 ? 'a day' : `${days} days`,
}))
