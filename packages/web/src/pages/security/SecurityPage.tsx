import { useQuery } from '@tanstack/react-query'
import { useMay, useMe } from '../../app/session.ts'
import { Page } from '../../ui/Page.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { InlineProblem } from '../../ui/states.tsx'
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
      <QueryView query={security} rows={6}>
        {(data) => (
          <div className="grid gap-9">
            <AuthenticatorSection hasTotp={data.has_totp} />
            <PasskeysSection passkeys={data.passkeys} />
            {(data.has_totp || data.passkeys.length > 0) && (
              <RecoverySection left={data.recovery_codes_left} />
            )}
            <PasswordSection
              hasPassword={data.has_password}
              providers={data.identities.map((identity) => identity.provider)}
            />
            <SessionsSection />
            {may('organization:write') && <PolicySection />}
          </div>
        )}
      </QueryView>
    </Page>
  )
}
