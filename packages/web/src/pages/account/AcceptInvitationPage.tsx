import { limits, routes } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouterState } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { loadPage } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { Button, ButtonLink } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { AccountFrame } from './AccountFrame.tsx'

/** Where the link of an invitation leads; its token stands behind the #, so that no log has it. */
export function AcceptInvitationPage() {
  const token = useRouterState({ select: (state) => state.location.hash })
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => api(routes.showInvitation, { body: { token }, signal }),
    enabled: token !== '',
    retry: false,
  })
  if (token === '' || invitation.isError)
    return (
      <AccountFrame title="No valid invitation" lead="This link is not valid.">
        <p>
          {invitation.isError
            ? explain(invitation.error).message
            : 'Open the complete link that you were given. It ends in # and a long code.'}
        </p>
        <ButtonLink to="/sign-in" className="mt-4 w-full">
          Go to sign-in
        </ButtonLink>
      </AccountFrame>
    )
  if (invitation.isPending)
    return (
      <AccountFrame title="Invitation" lead="One moment.">
        <SkeletonRows rows={3} />
      </AccountFrame>
    )
  const { organization, invited_by: inviter, email, name } = invitation.data
  return (
    <AccountFrame
      title={`Welcome to ${organization}`}
      lead={inviter ? `${inviter} invited you.` : 'You are invited.'}
    >
      <AcceptForm token={token} email={email} name={name ?? ''} />
    </AccountFrame>
  )
}

function AcceptForm({ token, email, name }: { token: string; email: string; name: string }) {
  const [passwordLength, setPasswordLength] = useState(0)
  const accept = useMutation({
    mutationFn: async (body: { name: string; password: string }) => {
      await api(routes.acceptInvitation, { body: { ...body, token } })
      // The account is there; should signing in want more than a password, the sign-in page asks for it.
      await api(routes.login, { body: { email, password: body.password } }).catch(() => null)
    },
    onSuccess: () => loadPage('/'),
  })
  const problems = fieldErrorsOf(accept.error)
  const problemOf = (field: string) => problems.find((problem) => problem.field.endsWith(field))?.message
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    accept.mutate({ name: String(given.get('name')).trim(), password: String(given.get('password')) })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {accept.isError && problems.length === 0 && (
        <InlineProblem>{explain(accept.error).message}</InlineProblem>
      )}
      <Field label="Email" help="You sign in with this address.">
        {({ id, describedBy }) => (
          <input
            id={id}
            aria-describedby={describedBy}
            className="control"
            value={email}
            readOnly
            autoComplete="username"
          />
        )}
      </Field>
      <Field label="Your name" problem={problemOf('name')}>
        {({ id, describedBy, invalid }) => (
          <input
            id={id}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            name="name"
            className="control"
            defaultValue={name}
            required
            maxLength={200}
            // biome-ignore lint/a11y/noAutofocus: the first field of a page that is a form
            autoFocus
            autoComplete="name"
          />
        )}
      </Field>
      <Field
        label="Password"
        help={`At least ${limits.passwordLengthMin} characters. A few random words work well.`}
        aside={
          passwordLength > 0 && passwordLength < limits.passwordLengthMin
            ? `${limits.passwordLengthMin - passwordLength} more`
            : undefined
        }
        problem={problemOf('password')}
      >
        {({ id, describedBy, invalid }) => (
          <input
            id={id}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            name="password"
            type="password"
            className="control"
            required
            minLength={limits.passwordLengthMin}
            onChange={(event) => setPasswordLength(event.target.value.length)}
            autoComplete="new-password"
          />
        )}
      </Field>
      <Button type="submit" look="primary" busy={accept.isPending} className="mt-1 w-full">
        Accept the invitation
      </Button>
    </form>
  )
}
