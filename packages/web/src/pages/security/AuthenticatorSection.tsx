import { routes } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Smartphone } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { renderSVG } from 'uqr'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { CopyLine } from '../../components/CopyLine.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { Tag } from '../../components/Tag.tsx'
import { explain } from '../../errors.ts'
import { securityQueries } from './queries.ts'
import { RecoveryCodesDialog } from './RecoveryCodesDialog.tsx'
import { Row } from './Row.tsx'
import { useRenewed } from './use-renewed.ts'

export function AuthenticatorSection({ hasTotp }: { hasTotp: boolean }) {
  const [open, setOpen] = useState<'add' | 'remove' | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  return (
    <Section title="Authenticator app">
      <Row
        icon={Smartphone}
        title={<>App codes {hasTotp ? <Tag tone="accent">On</Tag> : <Tag>Off</Tag>}</>}
        note="Six digits that change every half minute, asked for after your password."
        action={
          <Button onClick={() => setOpen(hasTotp ? 'remove' : 'add')} look={hasTotp ? 'danger' : 'plain'}>
            {hasTotp ? 'Remove the app' : 'Add an app'}
          </Button>
        }
      />
      {open === 'add' && <AddDialog onClose={() => setOpen(null)} onCodes={setCodes} />}
      {open === 'remove' && <RemoveDialog onClose={() => setOpen(null)} />}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  )
}

function AddDialog({
  onClose,
  onCodes,
}: {
  onClose: () => void
  onCodes: (codes: readonly string[] | null) => void
}) {
  const renewed = useRenewed()
  const begun = useQuery(securityQueries.newTotpSecret())
  const confirm = useMutation({
    mutationFn: (code: string) => api(routes.confirmTotp, { body: { code } }),
    onSuccess: async (answer) => {
      await renewed()
      onClose()
      onCodes(answer.recovery_codes)
      notify.done('Authenticator app added')
    },
  })
  return (
    <Dialog title="Add an authenticator app" onClose={onClose}>
      {begun.isError ? (
        <InlineProblem>{explain(begun.error).message}</InlineProblem>
      ) : !begun.data ? (
        <SkeletonRows rows={4} />
      ) : (
        <CodeForm
          label="Code shown in the app"
          confirm="Confirm"
          busy={confirm.isPending}
          error={confirm.error}
          onCode={confirm.mutate}
          onClose={onClose}
        >
          <p className="text-muted">Scan this with the app, or type the secret into it.</p>
          <div className="flex justify-center">
            <img
              alt="QR code of the secret"
              className="size-44 rounded-md bg-[#fff] p-2"
              src={`data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(begun.data.uri, { border: 1 }))}`}
            />
          </div>
          <CopyLine text={begun.data.secret} label="Copy the secret" testId="totp-secret" />
        </CodeForm>
      )}
    </Dialog>
  )
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const renewed = useRenewed()
  const remove = useMutation({
    mutationFn: (code: string) => api(routes.removeTotp, { body: { code } }),
    onSuccess: async () => {
      await renewed()
      onClose()
      notify.done('Authenticator app removed')
    },
  })
  return (
    <Dialog title="Remove the authenticator app?" onClose={onClose}>
      <CodeForm
        label="Authenticator code or recovery code"
        confirm="Remove"
        busy={remove.isPending}
        error={remove.error}
        onCode={remove.mutate}
        onClose={onClose}
      >
        <p className="text-muted">You then sign in with your password alone, unless you have a passkey.</p>
      </CodeForm>
    </Dialog>
  )
}

function CodeForm(props: {
  label: string
  confirm: string
  busy: boolean
  error: unknown
  onCode: (code: string) => void
  onClose: () => void
  children: ReactNode
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    props.onCode(String(new FormData(event.currentTarget).get('code')).trim())
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {props.children}
      {props.error ? <InlineProblem>{explain(props.error).message}</InlineProblem> : null}
      <Field label={props.label}>
        {({ id }) => (
          <input
            id={id}
            name="code"
            className="control font-mono"
            required
            maxLength={40}
            data-autofocus
            autoComplete="one-time-code"
          />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={props.onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={props.busy}>
          {props.confirm}
        </Button>
      </div>
    </form>
  )
}
