import type { Database } from '../../platform/database.ts'
import type { Egress } from '../../platform/egress/egress.ts'
import type { Implementation } from '../../platform/http/implement.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import type { Log } from '../../platform/log.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import type { Authenticator } from './authenticate.ts'
import { createDeviceLogins } from './device-login/device-login.ts'
import { deviceRoutes } from './device-login/routes.ts'
import { createFactors } from './factors/factors.ts'
import { createPasskeys } from './factors/passkeys.ts'
import { factorRoutes } from './factors/routes.ts'
import { createKnownDevices } from './sign-in/known-devices.ts'
import { peopleSignInRoutes } from './sign-in/people-routes.ts'
import { signInRoutes } from './sign-in/routes.ts'
import { createSignIn } from './sign-in/sign-in.ts'
import { createOpenId } from './single-sign-on/open-id.ts'
import { providerRoutes } from './single-sign-on/provider-routes.ts'
import { singleSignOnRoutes } from './single-sign-on/routes.ts'

interface Parts {
  db: Database
  authenticator: Authenticator
  sealer: Sealer
  egress: Egress
  ownAddress: OwnAddress
  /** Where people reach the platform, for links: never what a request says of it. */
  linkBase: () => string
  log: Log
}

/** All ways to sign in, wired. */
export function signInImplementations(parts: Parts): Implementation[] {
  const { db, sealer, egress, ownAddress } = parts
  const factors = createFactors(db, sealer)
  const devices = createKnownDevices(sealer)
  const passkeys = createPasskeys(db, ownAddress)
  const signIn = createSignIn({ ...parts, factors, devices })
  const { limits } = signIn
  const openId = createOpenId(sealer, (allow) => (url, init) => egress.fetch(String(url), init, { allow }))
  return [
    ...signInRoutes({ ...parts, signIn, factors, passkeys, devices }),
    ...peopleSignInRoutes(parts),
    ...factorRoutes({ ...parts, factors, passkeys, limits }),
    ...deviceRoutes({ ...parts, deviceLogins: createDeviceLogins(db), limits }),
    ...singleSignOnRoutes({ ...parts, openId, limits, devices }),
    ...providerRoutes({ ...parts, openId }),
  ]
}
