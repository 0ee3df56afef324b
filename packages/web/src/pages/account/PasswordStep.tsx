import { type Me, pathOf, routes, type SecondFactorNeeded } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint, LogIn } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { hasPasskeys, signInWithPasskey, wasDismissed } from '../../app/passkeys.ts'
import { Button } from '../../components/Button.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { Field } from '../../ui/Field.tsx'
import { accountQueries } from './queries.ts'

/** E-mail and password, and the ways that need neither. */
export function PasswordStep({
  next,
  problem,
  onSignedIn,
  onSecondFactor,
}: {
  next: string
  /** What went wrong at an identity provider. */
  problem: string | undefined
  onSignedIn: (me: Me) => Promise<void>
  onSecondFactor: (needed: SecondFactorNeeded) => void
}) {
  const [email, setEmail] = useState('')
  const providers = useQuery(accountQueries.providers(email.includes('@') ? email : ''))
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => api(routes.login, { body }),
    onSuccess: (answer) => ('mfa_required' in answer ? onSecondFactor(answer) : onSignedIn(answer)),
  })
  const passkey = useMutation({ mutationFn: () => signInWithPasskey(), onSuccess: onSignedIn })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    passkey.reset()
    signIn.mutate({ email: String(given.get('email')).trim(), password: String(given.get('password')) })
  }
  const error = signIn.error ?? (wasDismissed(passkey.error) ? null : passkey.error)
  const items = providers.data?.items ?? []
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {error ? (
          <InlineProblem>{explain(error).message}</InlineProblem>
        ) : (
          problem && <InlineProblem>{problem}</InlineProblem>
        )}
        <Field label="Email">
          {({ id }) => (
            <input
              id={id}
              name="email"
              type="email"
              className="control"
              required
              // biome-ignore lint/a11y/noAutofocus: the page is this one field
              autoFocus
              autoComplete="username"
              onBlur={(event) => setEmail(event.target.value.trim())}
            />
          )}
        </Field>
        <Field label="Password">
          {({ id }) => (
            <input
              id={id}
              name="password"
              type="password"
              className="control"
              required
              autoComplete="current-password"
            />
          )}
        </Field>
        <Button type="submit" look="primary" busy={signIn.isPending} className="mt-1 w-full">
          Sign in
        </Button>
      </form>
      {(hasPasskeys || items.length > 0) && (
        <div className="mt-5 flex flex-col gap-2 border-t border-line pt-5">
          {hasPasskeys && (
            <Button
              icon={Fingerprint}
              className="w-full"
              busy={passkey.isPending}
              onClick={() => {
                signIn.reset()
                passkey.mutate()
              }}
            >
              Sign in with a passkey
            </Button>
          )}
          {items.map(({ id, name }) => (
            <Button
              key={id}
              icon={LogIn}
              className="w-full"
              onClick={() => window.location.assign(pathOf(routes.startSingleSignOn, { id }, { next }))}
            >
              <span className="truncate">Continue with {name}</span>
            </Button>
          ))}
        </div>
      )}
    </>
  )
}
