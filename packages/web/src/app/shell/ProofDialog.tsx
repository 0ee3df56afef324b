import { routes, type Security } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { useForm } from 'react-hook-form'
import { explain } from '../../errors.ts'
import { securityQueries } from '../../pages/security/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { PasswordField, TextField } from '../../ui/fields.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem } from '../../ui/states.tsx'
import { api } from '../api.ts'
import { provePasskey, wasDismissed } from '../passkeys.ts'
import { answerProof } from '../proof.ts'
import { useSignOut } from '../session.ts'

/** Asks who sits there before something that a stranger at an open browser should not do. */
export default function ProofDialog() {
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
  const form = useForm({ defaultValues: { proof: '' } })
  const passkey = useMutation({ mutationFn: provePasskey, onSuccess: () => answerProof(true) })
  const error = wasDismissed(passkey.error) ? null : passkey.error
  return (
    <div className="grid gap-4">
      {error && <InlineProblem>{explain(error).message}</InlineProblem>}
      {(hasPassword || hasTotp) && (
        <Form
          form={form}
          names={{ password: 'proof', code: 'proof' }}
          save={({ proof }) => {
            passkey.reset()
            return api(routes.prove, { body: hasPassword ? { password: proof } : { code: proof.trim() } })
          }}
          onSaved={() => answerProof(true)}
        >
          {hasPassword ? (
            <PasswordField control={form.control} name="proof" label="Your password" focus />
          ) : (
            <TextField
              control={form.control}
              name="proof"
              label="Authenticator code"
              required="unmarked"
              autoComplete="one-time-code"
              focus
            />
          )}
          <SubmitButton className="justify-self-end">Continue</SubmitButton>
        </Form>
      )}
      {security.passkeys.length > 0 && (
        <Button
          icon={Fingerprint}
          busy={passkey.isPending}
          onClick={() => {
            form.clearErrors()
            passkey.mutate()
          }}
        >
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
