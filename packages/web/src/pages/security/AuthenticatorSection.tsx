import { routes } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Smartphone } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useForm } from 'react-hook-form'
import { renderSVG } from 'uqr'
import { api } from '../../app/api.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FormDialog } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem, SkeletonRows } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
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
        note="A six-digit code that changes every 30 seconds. You enter it after your password."
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
  const title = 'Add an authenticator app'
  const plain = (content: ReactNode) => (
    <Dialog title={title} onClose={onClose}>
      {content}
    </Dialog>
  )
  return (
    <QueryView
      query={begun}
      pending={plain(<SkeletonRows rows={4} />)}
      failed={(error) => plain(<InlineProblem>{explain(error).message}</InlineProblem>)}
    >
      {({ uri, secret }) => (
        <CodeDialog
          title={title}
          label="Code shown in the app"
          confirm="Confirm"
          save={(code) => api(routes.confirmTotp, { body: { code } })}
          onSaved={async (answer) => {
            await renewed()
            onClose()
            onCodes(answer.recovery_codes)
            notify.done('Authenticator app added')
          }}
          onClose={onClose}
        >
          <p className="text-muted">Scan this with the app, or type the secret into it.</p>
          <div className="flex justify-center">
            <img
              alt="QR code of the secret"
              className="size-44 rounded-md bg-[#fff] p-2"
              src={`data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(uri, { border: 1 }))}`}
            />
          </div>
          <CopyLine text={secret} label="Copy the secret" testId="totp-secret" />
        </CodeDialog>
      )}
    </QueryView>
  )
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const renewed = useRenewed()
  return (
    <CodeDialog
      title="Remove the authenticator app?"
      label="Authenticator code or recovery code"
      confirm="Remove"
      save={(code) => api(routes.removeTotp, { body: { code } })}
      onSaved={async () => {
        await renewed()
        onClose()
        notify.done('Authenticator app removed')
      }}
      onClose={onClose}
    >
      <p className="text-muted">You then sign in with your password alone, unless you have a passkey.</p>
    </CodeDialog>
  )
}

function CodeDialog<Result>({
  label,
  save,
  children,
  ...dialog
}: {
  title: string
  label: string
  confirm: string
  save: (code: string) => Promise<Result>
  onSaved: (result: Result) => Promise<void>
  onClose: () => void
  children: ReactNode
}) {
  const form = useForm({ defaultValues: { code: '' } })
  return (
    <FormDialog form={form} save={({ code }) => save(code.trim())} {...dialog}>
      {children}
      <TextField
        control={form.control}
        name="code"
        label={label}
        look="font-mono"
        required="unmarked"
        maxLength={40}
        focus
        autoComplete="one-time-code"
      />
    </FormDialog>
  )
}
