import { useQuery } from '@tanstack/react-query'
import { useMay, useMe } from '../../app/session.ts'
import { Page } from '../../components/Page.tsx'
import { ErrorState, InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { AuthenticatorSection } from './AuthenticatorSection.tsx'
import { PasskeysSection } from './PasskeysSection.tsx'
import { PasswordSection } from './PasswordSection.tsx'
import { PolicySection } from './PolicySection.tsx'
import { securityQueries } from './queries.ts'
import { RecoverySection } from './RecoverySection.tsx'
import { SessionsSection } from './SessionsSection.tsx'

/** How the signed-in person signs in, and where they are signed in. */
export function SecurityPage() {
  const me = useMe()
  const may = useMay()
  const security = useQuery(securityQueries.own())
  return (
    <Page title="Sign-in and security" lead={`How ${me.email} signs in.`} width="narrow">
      {me.must_add_factor && (
        <div className="mb-6">
          <InlineProblem tone="warn">
            {me.organization.name} requires a second factor. Add an authenticator app or a passkey to
            continue.
          </InlineProblem>
        </div>
      )}
      {security.isPending ? (
        <SkeletonRows rows={6} />
      ) : security.isError ? (
        <ErrorState error={security.error} onRetry={() => void security.refetch()} />
      ) : (
        <div className="grid gap-9">
          <AuthenticatorSection hasTotp={security.data.has_totp} />
          <PasskeysSection passkeys={security.data.passkeys} />
          {(security.data.has_totp || security.data.passkeys.length > 0) && (
            <RecoverySection left={security.data.recovery_codes_left} />
          )}
          <PasswordSection
            hasPassword={security.data.has_password}
            providers={security.data.identities.map((identity) => identity.provider)}
          />
          <SessionsSection />
          {may('organization:write') && <PolicySection />}
        </div>
      )}
    </Page>
  )
}
