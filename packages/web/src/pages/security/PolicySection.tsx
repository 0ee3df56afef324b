import { routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { meQuery } from '../../app/who-is-in.ts'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { securityQueries } from './queries.ts'
import { Row } from './Row.tsx'

/** What administrators ask of everybody in their organization. */
export function PolicySection() {
  const { organization } = useMe()
  const client = useQueryClient()
  const policy = useQuery(securityQueries.policy())
  const change = useMutation({
    mutationFn: (requires_second_factor: boolean) =>
      api(routes.setSignInPolicy, { body: { requires_second_factor } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: securityQueries.policy().queryKey })
      await client.invalidateQueries({ queryKey: meQuery().queryKey })
    },
    onError: notify.failure,
  })
  return (
    <Section title={`Everyone in ${organization.name}`}>
      <QueryView query={policy} rows={1}>
        {(data) => (
          <Row
            icon={ShieldCheck}
            title="Require a second factor"
            note="Anyone without one must add one before doing anything else. People who sign in with single sign-on are exempt."
            action={
              <Switch
                aria-label="Require a second factor from everyone"
                checked={data.requires_second_factor}
                disabled={change.isPending}
                onChange={change.mutate}
              />
            }
          />
        )}
      </QueryView>
    </Section>
  )
}
