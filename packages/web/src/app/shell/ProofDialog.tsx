import { routes, type Security } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import type { FormEvent } from 'react'
import { Button } from '../../components/Button.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { securityQueries } from '../../pages/security/queries.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { api } from '../api.ts'
import { provePasskey, wasDismissed } from '../passkeys.ts'
import { answerProof, useProofNeeded } from '../proof.ts'
import { useSignOut } from '../session.ts'

/** Asks who sits there before something that a stranger at an open browser should not do. */
export function ProofDialog() {
  return useProofNeeded() ? <OpenDialog /> : null
}

function OpenDialog() {
  const security = useQuery(securityQueries.own())
  return (
    <Dialog title="Confirm your identity" onClose={() => answerProof(false)}>
      <p className="mb-4 text-muted">You signed in a while ago. Confirm your identity to continue.</p>
      <QueryView query={security} rows={2} isInline>
        {(security) => <Ways security={security} />}
      </QueryView>
    </Dialog>
  )
}

function Ways({ security }: { security: Security }) {
  const signOut = useSignOut()
  const { has_password: hasPassword, has_totp: hasTotp } = security
  const prove = useMutation({
    mutationFn: (body: { password: string } | { code: string }) => api(routes.prove, { body }),
    onSuccess: () => answerProof(true),
  })
  const passkey = useMutation({ mutationFn: provePasskey, onSuccess: () => answerProof(true) })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('proof'))
    prove.mutate(hasPassword ? { password: text } : { code: text.trim() })
  }
  const error = prove.error ?? (wasDismissed(passkey.error) ? null : passkey.error)
  return (
    <div className="grid gap-4">
      {error && <InlineProblem>{explain(error).message}</InlineProblem>}
      {(hasPassword || hasTotp) && (
        <form onSubmit={submit} className="grid gap-4">
          <Field label={hasPassword ? 'Your password' : 'Authenticator code'}>
            {({ id }) => (
              <input
                id={id}
                name="proof"
                type={hasPassword ? 'password' : 'text'}
                className="control"
                required
                // biome-ignore lint/a11y/noAutofocus: the dialog is this one field
                autoFocus
                autoComplete={hasPassword ? 'current-password' : 'one-time-code'}
              />
            )}
          </Field>
          <Button type="submit" look="primary" busy={prove.isPending} className="justify-self-end">
            Continue
          </Button>
        </form>
      )}
      {security.passkeys.length > 0 && (
        <Button icon={Fingerprint} busy={passkey.isPending} onClick={() => passkey.mutate()}>
          Use a passkey
        </Button>
      )}
      {!hasPassword && !hasTotp && security.passkeys.length === 0 && (
        <Button
          look="primary"
          onClick={() => {
            answerProof(false)
            void signOut()
          }}
        >
          Sign in again
        </Button>
      )}
    </div>
  )
}
