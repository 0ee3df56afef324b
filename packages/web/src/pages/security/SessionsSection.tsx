import { routes, type Session } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { deviceName } from './device-name.ts'
import { securityQueries } from './queries.ts'
import { Row } from './Row.tsx'

const methods: Record<string, string> = {
  password: 'password',
  totp: 'password and code',
  recovery_code: 'recovery code',
  passkey: 'passkey',
  sso: 'single sign-on',
  set_up: 'set-up link',
  link: 'invitation',
}

export function SessionsSection() {
  const client = useQueryClient()
  const sessions = useQuery(securityQueries.sessions())
  const renewed = () => client.invalidateQueries({ queryKey: securityQueries.sessions().queryKey })
  const end = useMutation({
    mutationFn: (id: string) => api(routes.endSession, { params: { id } }),
    onSuccess: renewed,
    onError: notify.failure,
  })
  const endOthers = useMutation({
    mutationFn: () => api(routes.endOtherSessions),
    onSuccess: async ({ ended }) => {
      await renewed()
      notify.done(
        ended === 1 ? 'One other session was signed out' : `${ended} other sessions were signed out`,
      )
    },
    onError: notify.failure,
  })
  const items = sessions.data?.items ?? []
  return (
    <Section
      title="Where you are signed in"
      aside={
        items.length > 1 && (
          <Button size="sm" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out all others
          </Button>
        )
      }
    >
      <QueryView query={sessions} rows={2}>
        {() =>
          items.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              busy={end.isPending && end.variables === session.id}
              onEnd={() => end.mutate(session.id)}
            />
          ))
        }
      </QueryView>
    </Section>
  )
}

function SessionRow({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const name = deviceName(session.device)
  return (
    <Row
      icon={MonitorSmartphone}
      title={
        <>
          <span title={session.device ?? undefined}>{name}</span>
          {session.is_current && <Tag tone="accent">This session</Tag>}
        </>
      }
      note={
        <>
          {session.address}, by {methods[session.method] ?? session.method}, last seen{' '}
          <TimeAgo at={session.last_seen_at} />
        </>
      }
      action={
        !session.is_current && (
          <Button size="sm" look="quiet" busy={busy} aria-label={`Sign out ${name}`} onClick={onEnd}>
            {' '}
            Sign out{' '}
          </Button>
        )
      }
    />
  )
}
