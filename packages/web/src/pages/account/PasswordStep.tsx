import { type Me, pathOf, routes, type SecondFactorNeeded } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint, LogIn } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { hasPasskeys, signInWithPasskey, wasDismissed } from '../../app/passkeys.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { PasswordField, TextField } from '../../ui/fields.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { accountQueries } from './queries.ts'

/** Email and password, and the ways that need neither. */
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
  const [tried, setTried] = useState(false)
  const providers = useQuery(accountQueries.providers(email.includes('@') ? email : ''))
  const form = useForm({ defaultValues: { email: '', password: '' } })
  const passkey = useMutation({ mutationFn: () => signInWithPasskey(), onSuccess: onSignedIn })
  const passkeyError = wasDismissed(passkey.error) ? null : passkey.error
  const items = providers.data?.items ?? []
  return (
    <>
      <Form
        form={form}
        save={({ email: given, password }) => {
          passkey.reset()
          setTried(true)
          return api(routes.login, { body: { email: given.trim(), password } })
        }}
        onSaved={(answer) => ('mfa_required' in answer ? onSecondFactor(answer) : onSignedIn(answer))}
      >
        {passkeyError ? (
          <InlineProblem>{explain(passkeyError).message}</InlineProblem>
        ) : (
          problem && !tried && <InlineProblem>{problem}</InlineProblem>
        )}
        <TextField
          control={form.control}
          name="email"
          label="Email"
          type="email"
          required="unmarked"
          focus
          autoComplete="username"
          onLeave={(text) => setEmail(text.trim())}
        />
        <PasswordField control={form.control} name="password" label="Password" />
        <SubmitButton className="mt-1 w-full">Sign in</SubmitButton>
      </Form>
      {(hasPasskeys || items.length > 0) && (
        <div className="mt-5 flex flex-col gap-2 border-t border-line pt-5">
          {hasPasskeys && (
            <Button
              icon={Fingerprint}
              className="w-full"
              busy={passkey.isPending}
              onClick={() => {
                form.clearErrors()
                setTried(true)
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
