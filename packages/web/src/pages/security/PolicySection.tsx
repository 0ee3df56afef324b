import { routes } from '@bifrost/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { api } from '../../app/api.ts'
import { queries } from '../../app/queries.ts'
import { useMe } from '../../app/session.ts'
import { notify } from '../../components/notices.tsx'
import { Section } from '../../components/Page.tsx'
import { Switch } from '../../components/Switch.tsx'
import { ErrorState, SkeletonRows } from '../../components/states.tsx'
import { Row } from './Row.tsx'

/** What administrators ask of everybody in their organisation. */
export function PolicySection() {
  const { organization } = useMe()
  const client = useQueryClient()
  const policy = useQuery(queries.signInPolicy())
  const change = useMutation({
    mutationFn: (requires_second_factor: boolean) =>
      api(routes.setSignInPolicy, { body: { requires_second_factor } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: queries.signInPolicy().queryKey })
      await client.invalidateQueries({ queryKey: queries.me().queryKey })
    },
    onError: notify.failure,
  })
  return (
    <Section title={`Everybody in ${organization.name}`}>
      {policy.isPending ? (
        <SkeletonRows rows={1} />
      ) : policy.isError ? (
        <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />
      ) : (
        <Row
          icon={ShieldCheck}
          title="Ask for a second factor"
          note="Whoever has none adds one at their next step, and can do nothing else before that. People of an identity provider are its affair."
          action={
            <Switch
              aria-label="Ask everybody for a second factor"
              checked={policy.data.requires_second_factor}
              disabled={change.isPending}
              onChange={change.mutate}
            />
          }
        />
      )}
    </Section>
  )
}
