import { type AccountRole, limits, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { CopyLine } from '../../components/CopyLine.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { rolesToGive } from '../../role-names.ts'
import { peopleQueries } from './queries.ts'
import { RoleField } from './RoleField.tsx'

/** Invites somebody, and shows the link, this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const me = useMe()
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<AccountRole>('member')
  const [days, setDays] = useState<number>(limits.invitationDaysDefault)
  const invite = useMutation({
    mutationFn: () =>
      api(routes.createInvitation, { body: { email: email.trim(), role, expires_in_days: days } }),
    onSuccess: () => client.invalidateQueries({ queryKey: peopleQueries.invitations().queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate()
  }
  if (invite.data)
    return (
      <Dialog title="Share the invitation link" onClose={onClose}>
        <p className="text-muted">
          Copy it now; it won’t be shown again. It works once, and anyone who opens it can sign up as{' '}
          {invite.data.email}, so share it only with that person.
          {invite.data.mail !== 'none' && ' It is also sent by email.'}
        </p>
        <div className="mt-3">
          <CopyLine text={invite.data.link} label="Copy the link" />
        </div>
        <div className="mt-5 flex justify-end">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  const problem = fieldErrorsOf(invite.error).find(({ field }) => /email$/.test(field))?.message
  return (
    <Dialog title={`Invite people to ${me.organization.name}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {invite.isError && !problem && <InlineProblem>{explain(invite.error).message}</InlineProblem>}
        <Field label="Email" required problem={problem}>
          {({ id, describedBy, invalid }) => (
            <input
              id={id}
              type="email"
              aria-describedby={describedBy}
              aria-invalid={invalid}
              className="control"
              value={email}
              required
              maxLength={254}
              data-autofocus
              autoComplete="off"
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <RoleField
          value={role}
          choices={rolesToGive(me, me.is_provider && (me.acting === 'home' || me.acting === 'global'))}
          onChange={setRole}
        />
        <Field label="Valid for">
          {({ id }) => (
            <select
              id={id}
              className="control w-auto"
              value={days}
              onChange={(event) => setDays(Number(event.target.value))}
            >
              {[1, limits.invitationDaysDefault, limits.invitationDaysMax].map((one) => (
                <option key={one} value={one}>
                  {one === 1 ? 'a day' : `${one} days`}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={invite.isPending}>
            Invite
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
