import { limits, routes } from '@bifrost/contract'
import { useMutation } from '@tanstack/react-query'
import { LockKeyhole, LogIn } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain, fieldErrorsOf } from '../../errors.ts'
import { Row } from './Row.tsx'
import { useRenewed } from './use-renewed.ts'

export function PasswordSection({
  hasPassword,
  providers,
}: {
  hasPassword: boolean
  /** Identity providers that know the person. */
  providers: readonly string[]
}) {
  const [changing, setChanging] = useState(false)
  return (
    <Section title="Password">
      {providers.map((provider) => (
        <Row
          key={provider}
          icon={LogIn}
          title={provider}
          note="You also sign in with this identity provider."
        />
      ))}
      <Row
        icon={LockKeyhole}
        title={hasPassword ? 'You have a password' : 'You have no password'}
        note={hasPassword ? 'Changing it signs out your other sessions.' : 'You sign in without one.'}
        action={
          <Button onClick={() => setChanging(true)}>{hasPassword ? 'Change it' : 'Set a password'}</Button>
        }
      />
      {changing && <ChangeDialog hasPassword={hasPassword} onClose={() => setChanging(false)} />}
    </Section>
  )
}

function ChangeDialog({ hasPassword, onClose }: { hasPassword: boolean; onClose: () => void }) {
  const renewed = useRenewed()
  const change = useMutation({
    mutationFn: (body: { current_password?: string; password: string }) =>
      api(routes.changePassword, { body }),
    onSuccess: async () => {
      await renewed()
      onClose()
      notify.done('Password changed. Your other sessions were signed out.')
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    change.mutate({
      ...(hasPassword ? { current_password: String(given.get('current')) } : {}),
      password: String(given.get('password')),
    })
  }
  const problem = fieldErrorsOf(change.error)[0]?.message
  return (
    <Dialog title={hasPassword ? 'Change the password' : 'Set a password'} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {change.isError && !problem && <InlineProblem>{explain(change.error).message}</InlineProblem>}
        {hasPassword && (
          <Field label="Current password">
            {({ id }) => (
              <input
                id={id}
                name="current"
                type="password"
                className="control"
                required
                data-autofocus
                autoComplete="current-password"
              />
            )}
          </Field>
        )}
        <Field
          label="New password"
          help={`At least ${limits.passwordLengthMin} characters. A few random words work well.`}
          problem={problem}
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
              autoComplete="new-password"
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={change.isPending}>
            {hasPassword ? 'Change' : 'Set'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
