import { type Me, routes } from '@bifrost/contract'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { api } from './api.ts'

// Loaded when a passkey is used.
const webauthn = () => import('@simplewebauthn/browser')

export const hasPasskeys = 'PublicKeyCredential' in window

/** Asks a passkey of this device who sits there. */
async function askPasskey(secondFactorToken?: string) {
  const { startAuthentication } = await webauthn()
  const { token, options } = await api(routes.startPasskeyLogin, {
    body: secondFactorToken === undefined ? {} : { second_factor_token: secondFactorToken },
  })
  const response: AuthenticationResponseJSON = await startAuthentication({
    optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON,
  })
  return { token, response: { ...response } }
}

/** Signs in with a passkey of this device; with a token, as the second step after a password. */
export const signInWithPasskey = async (secondFactorToken?: string): Promise<Me> =>
  api(routes.loginPasskey, { body: await askPasskey(secondFactorToken) })

/** Proves with a passkey that the person is still there. */
export const provePasskey = async (): Promise<null> =>
  api(routes.prove, { body: { passkey: await askPasskey() } })

/** Makes a passkey on this device. */
export async function addPasskey(name: string) {
  const { startRegistration } = await webauthn()
  const { token, options } = await api(routes.startPasskey)
  const response = await startRegistration({
    optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON,
  })
  return api(routes.addPasskey, { body: { token, name, response: { ...response } } })
}

/** The person closed the browser's dialog, or it took too long: nothing to complain about. */
export const wasDismissed = (error: unknown): boolean =>
  error instanceof Error && ['NotAllowedError', 'AbortError'].includes(error.name)
