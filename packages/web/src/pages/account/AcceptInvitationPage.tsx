import { routes } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { loadPage } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { explain } from '../../errors.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Field } from '../../ui/Field.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { PasswordField, TextField } from '../../ui/fields.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SkeletonRows } from '../../ui/states.tsx'
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
  if (token === '')
    return (
      <NoInvitation>Open the complete link that you were given. It ends in # and a long code.</NoInvitation>
    )
  return (
    <QueryView
      query={invitation}
      pending={
        <AccountFrame title="Invitation" lead="One moment.">
          <SkeletonRows rows={3} />
        </AccountFrame>
      }
      failed={(error) => <NoInvitation>{explain(error).message}</NoInvitation>}
    >
      {({ organization, invited_by: inviter, email, name }) => (
        <AccountFrame
          title={`Welcome to ${organization}`}
          lead={inviter ? `${inviter} invited you.` : 'You are invited.'}
        >
          <AcceptForm token={token} email={email} name={name ?? ''} />
        </AccountFrame>
      )}
    </QueryView>
  )
}

const NoInvitation = ({ children }: { children: ReactNode }) => (
  <AccountFrame title="No valid invitation" lead="This link is not valid.">
    <p>{children}</p>
    <ButtonLink to="/sign-in" className="mt-4 w-full">
      Go to sign-in
    </ButtonLink>
  </AccountFrame>
)

function AcceptForm({ token, email, name }: { token: string; email: string; name: string }) {
  const form = useForm({ defaultValues: { name, password: '' } })
  const accept = async (values: { name: string; password: string }) => {
    await api(routes.acceptInvitation, {
      body: { name: values.name.trim(), password: values.password, token },
    })
    // The account is there; should signing in want more than a password, the sign-in page asks for it.
    await api(routes.login, { body: { email, password: values.password } }).catch(() => null)
  }
  return (
    <Form form={form} save={accept} onSaved={() => loadPage('/')}>
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
      <TextField
        control={form.control}
        name="name"
        label="Your name"
        required="unmarked"
        maxLength={200}
        focus
        autoComplete="name"
      />
      <PasswordField control={form.control} name="password" label="Password" isNew />
      <SubmitButton className="mt-1 w-full">Accept the invitation</SubmitButton>
    </Form>
  )
}
