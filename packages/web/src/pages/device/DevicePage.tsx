import { routes } from '@bifrost/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { CircleCheck, CircleSlash, SquareTerminal } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'
import { Form, SubmitButton } from '../../ui/Form.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState, InlineProblem } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { deviceQueries } from './queries.ts'

const route = getRouteApi('/shell/device')

/** Where a person confirms the code that a command line shows. */
export function DevicePage() {
  const { code } = route.useSearch()
  const router = useRouter()
  const look = (given: string) => router.navigate({ to: '/device', search: { code: given }, replace: true })
  return (
    <Page
      title="Sign in a device"
      lead="For the command line and other devices without a browser."
      width="narrow"
    >
      {code ? (
        <Confirmation key={code} code={code} onOther={() => router.navigate({ to: '/device', search: {} })} />
      ) : (
        <CodeForm onCode={look} />
      )}
    </Page>
  )
}

function CodeForm({ onCode }: { onCode: (code: string) => Promise<void> }) {
  const form = useForm({ defaultValues: { code: '' } })
  return (
    <Form form={form} save={({ code }) => onCode(code.trim())} className="max-w-sm">
      <TextField
        control={form.control}
        name="code"
        label="Code shown on the device"
        look="font-mono uppercase"
        required="unmarked"
        maxLength={20}
        placeholder="WDJB-MJHT"
        focus
      />
      <SubmitButton className="justify-self-start">Continue</SubmitButton>
    </Form>
  )
}

function Confirmation({ code, onOther }: { code: string; onOther: () => void }) {
  const me = useMe()
  const device = useQuery(deviceQueries.login(code))
  const [allowed, setAllowed] = useState<boolean | null>(null)
  const answer = useMutation({
    mutationFn: (allow: boolean) => api(routes.answerDeviceLogin, { body: { user_code: code, allow } }),
    onSuccess: (_nothing, allow) => setAllowed(allow),
  })
  if (allowed !== null)
    return (
      <EmptyState
        icon={allowed ? CircleCheck : CircleSlash}
        title={allowed ? 'The device is signed in' : 'Access was denied'}
      >
        {allowed
          ? 'You can close this page and continue there.'
          : 'It cannot access your account. You can close this page.'}
      </EmptyState>
    )
  return (
    <QueryView
      query={device}
      rows={3}
      failed={(error) => (
        <div className="grid max-w-lg gap-4">
          <InlineProblem>{explain(error).message}</InlineProblem>
          <Button className="justify-self-start" onClick={onOther}>
            Enter another code
          </Button>
        </div>
      )}
    >
      {({ client_name: name, address, created_at: at }) => (
        <div className="max-w-lg rounded-xl border border-line p-5">
          <div className="flex items-start gap-3">
            <SquareTerminal size={22} aria-hidden className="mt-0.5 text-faint" />
            <div className="min-w-0">
              <p className="font-medium break-words">{name}</p>
              <p className="text-sm text-muted">
                Request from {address ?? 'an unknown address'}, <TimeAgo at={at} />
              </p>
            </div>
          </div>
          <p className="mt-4">
            It shows the code <code className="font-mono font-medium uppercase">{code}</code> and can do
            everything that you can, as {me.email}, for 90 days.
          </p>
          <p className="mt-2 text-sm text-muted">
            Allow it only if you started this yourself just now. Support staff never need this code.
          </p>
          {answer.isError && (
            <div className="mt-4">
              <InlineProblem>{explain(answer.error).message}</InlineProblem>
            </div>
          )}
          <div className="mt-5 flex gap-2">
            <Button
              look="primary"
              busy={answer.isPending && answer.variables}
              onClick={() => answer.mutate(true)}
            >
              Allow
            </Button>
            <Button busy={answer.isPending && !answer.variables} onClick={() => answer.mutate(false)}>
              Deny
            </Button>
          </div>
        </div>
      )}
    </QueryView>
  )
}
