import { AppError, limits, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { requirePermission } from '../../platform/scope.ts'
import type { Authenticator, SignInLimits } from '../accounts/accounts.ts'
import { type DeviceLogins, type DeviceRow, POLL_SECONDS } from './device-login.ts'

interface Parts {
  deviceLogins: DeviceLogins
  authenticator: Authenticator
  limits: SignInLimits
  /** Where people reach the platform, for links. */
  linkBase: () => string
}

export function deviceRoutes({
  deviceLogins,
  authenticator,
  limits: signInLimits,
  linkBase,
}: Parts): Implementation[] {
  const noCode = () =>
    new AppError('not_found', 'No device shows this code. Check the code, or start again on the device.')
  return [
    implement(routes.startDeviceLogin, async (_scope, { body }, { request }) => {
      // Asking is no failure, but a client that asks without end is to be stopped.
      await signInLimits.takeAddress('device', request.ip)
      const name = body.client_name
      const { deviceCode, userCode } = await deviceLogins.start({ name, address: request.ip })
      const page = `${linkBase()}/device`
      return {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?code=${userCode}`,
        expires_in: limits.deviceCodeMinutesMax * 60,
        interval: POLL_SECONDS,
      }
    }),
    implement(routes.pollDeviceLogin, async (_scope, { body }, { request }) => ({
      access_token: await deviceLogins.poll(body.device_code, request.ip),
      token_type: 'Bearer' as const,
      expires_in: limits.deviceKeyDaysMax * 24 * 60 * 60,
    })),
    implement(routes.getDeviceLogin, async (scope, { query }, { request }) => {
      authenticator.requireSession(request)
      // Codes are short: who guesses has to stop soon.
      const passed = await signInLimits.takeOwn(`device code ${scope.userId}`)
      const found = await deviceLogins.find(query.user_code)
      if (!found) throw noCode()
      await passed()
      return deviceOf(found)
    }),
    implement(routes.answerDeviceLogin, async (scope, { body }, { request }) => {
      authenticator.requireSession(request)
      if (body.allow) {
        requirePermission(scope, 'key:manage')
        await authenticator.requireProof(request)
      }
      const passed = await signInLimits.takeOwn(`device code ${scope.userId}`)
      if (!(await deviceLogins.answer(scope, body.user_code, body.allow, request.ip))) throw noCode()
      await passed()
      return null
    }),
  ]
}

const deviceOf = ({ created_at, expires_at, ...row }: DeviceRow) => ({
  client_name: row.client_name,
  address: row.address,
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
})
