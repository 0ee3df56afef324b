import { z } from 'zod'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { route } from '../route.ts'
import { Me, NewPassword } from './accounts.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Sign-in'

/** What a second step may be done with. */
export const secondFactors = ['totp', 'passkey', 'recovery_code'] as const

/** The password was right, and a second factor is due: its token is good for one sign-in and a few minutes. */
export const SecondFactorNeeded = z.object({
  mfa_required: z.literal(true),
  token: z.string(),
  methods: z.array(z.enum(secondFactors)),
  expires_at: z.iso.datetime(),
})
export type SecondFactorNeeded = z.infer<typeof SecondFactorNeeded>

/** Who has signed in, or what is still to be shown. */
export const SignInAnswer = z.union([Me, SecondFactorNeeded])
export type SignInAnswer = z.infer<typeof SignInAnswer>

const Token = z.string().min(1).max(200)
const Code = z.string().min(1).max(40)
const RecoveryCodes = z.array(z.string()).describe('Shown only once; each one replaces a code once')

/** A passkey of a person, without its key. */
export const Passkey = z.object({
  id: z.uuid(),
  name: z.string(),
  /** It is kept by a password manager or an account, not by one device alone. */
  is_synced: z.boolean(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
})
export type Passkey = z.infer<typeof Passkey>

/** How a person signs in. */
export const Security = z.object({
  has_password: z.boolean(),
  has_totp: z.boolean(),
  recovery_codes_left: z.int(),
  passkeys: z.array(Passkey),
  /** Names of the identity providers that know the person. */
  identities: z.array(z.object({ provider: z.string(), last_used_at: z.iso.datetime() })),
  /** The organization wants everybody to have a second factor. */
  second_factor_required: z.boolean(),
})
export type Security = z.infer<typeof Security>

/** A place where a person is signed in. */
export const Session = z.object({
  id: z.uuid(),
  is_current: z.boolean(),
  method: z.string(),
  device: z.string().nullable(),
  address: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
export type Session = z.infer<typeof Session>

/** What a browser makes of a passkey request or answer; its members are those of the WebAuthn specification. */
const WebAuthn = z.looseObject({})

export const signInRoutes = {
  login: route({
    method: 'POST',
    path: '/api/auth/login',
    permission: 'public',
    tag,
    summary: 'Sign in with email and password; sets the session cookie, or asks for a second factor',
    body: z.strictObject({
      email: z.string().min(1).max(254),
      password: z.string().min(1).max(limits.passwordLengthMax),
    }),
    response: SignInAnswer,
  }),
  loginSecondFactor: route({
    method: 'POST',
    path: '/api/auth/login/second-factor',
    permission: 'public',
    tag,
    summary: 'The second step of a sign-in, with a code of the authenticator app or a recovery code',
    body: z.strictObject({ token: Token, code: Code }),
    response: Me,
  }),
  startPasskeyLogin: route({
    method: 'POST',
    path: '/api/auth/login/passkey/options',
    permission: 'public',
    tag,
    summary: 'Start to sign in with a passkey; with a token, as the second step',
    body: z.strictObject({ second_factor_token: Token.optional() }),
    response: z.object({ token: z.string(), options: WebAuthn }),
  }),
  loginPasskey: route({
    method: 'POST',
    path: '/api/auth/login/passkey',
    permission: 'public',
    tag,
    summary: 'Sign in with the answer of the passkey',
    body: z.strictObject({ token: Token, response: WebAuthn }),
    response: Me,
  }),
  prove: route({
    method: 'POST',
    path: '/api/auth/prove',
    permission: 'signed_in',
    tag,
    summary: 'Confirm your identity before you change how you sign in; one of the three is enough',
    body: z.strictObject({
      password: z.string().max(limits.passwordLengthMax).optional(),
      code: Code.optional(),
      passkey: z.strictObject({ token: Token, response: WebAuthn }).optional(),
    }),
    status: 204,
    response: Nothing,
  }),
  changePassword: route({
    method: 'PUT',
    path: '/api/auth/password',
    permission: 'signed_in',
    tag,
    summary: 'Change your password, which ends your other sessions',
    body: z.strictObject({
      current_password: z.string().max(limits.passwordLengthMax).optional(),
      password: NewPassword,
    }),
    status: 204,
    response: Nothing,
  }),
  resetPassword: route({
    method: 'POST',
    path: '/api/auth/password/reset',
    permission: 'public',
    tag,
    summary: 'Set a new password with the link that an administrator created; ends all sessions',
    body: z.strictObject({ token: Token, password: NewPassword }),
    status: 204,
    response: Nothing,
  }),
  getSecurity: route({
    method: 'GET',
    path: '/api/auth/security',
    permission: 'signed_in',
    tag,
    summary: 'Get how you sign in: password, authenticator app, passkeys, identity providers',
    response: Security,
  }),
  startTotp: route({
    method: 'POST',
    path: '/api/auth/totp',
    permission: 'signed_in',
    tag,
    summary: 'Start to set up an authenticator app; a code confirms it',
    status: 201,
    response: z.object({ secret: z.string(), uri: z.string() }),
  }),
  confirmTotp: route({
    method: 'POST',
    path: '/api/auth/totp/confirm',
    permission: 'signed_in',
    tag,
    summary: 'Confirm an authenticator app with a code',
    body: z.strictObject({ code: Code }),
    response: z.object({ recovery_codes: RecoveryCodes.nullable() }),
  }),
  removeTotp: route({
    method: 'POST',
    path: '/api/auth/totp/remove',
    permission: 'signed_in',
    tag,
    summary: 'Remove the authenticator app, with one of its codes or a recovery code',
    body: z.strictObject({ code: Code }),
    status: 204,
    response: Nothing,
  }),
  newRecoveryCodes: route({
    method: 'POST',
    path: '/api/auth/recovery-codes',
    permission: 'signed_in',
    tag,
    summary: 'Create new recovery codes; earlier ones stop working',
    response: z.object({ recovery_codes: RecoveryCodes }),
  }),
  startPasskey: route({
    method: 'POST',
    path: '/api/auth/passkeys/options',
    permission: 'signed_in',
    tag,
    summary: 'Start to add a passkey',
    response: z.object({ token: z.string(), options: WebAuthn }),
  }),
  addPasskey: route({
    method: 'POST',
    path: '/api/auth/passkeys',
    permission: 'signed_in',
    tag,
    summary: 'Add the passkey that the browser created',
    status: 201,
    body: z.strictObject({ token: Token, name: nameSchema(100), response: WebAuthn }),
    response: z.object({ passkey: Passkey, recovery_codes: RecoveryCodes.nullable() }),
  }),
  renamePasskey: route({
    method: 'PATCH',
    path: '/api/auth/passkeys/{id}',
    permission: 'signed_in',
    tag,
    summary: 'Rename one of your passkeys',
    params: Id,
    body: z.strictObject({ name: nameSchema(100) }),
    response: Passkey,
  }),
  deletePasskey: route({
    method: 'DELETE',
    path: '/api/auth/passkeys/{id}',
    permission: 'signed_in',
    tag,
    summary: 'Delete one of your passkeys',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  listSessions: route({
    method: 'GET',
    path: '/api/auth/sessions',
    permission: 'signed_in',
    tag,
    summary: 'List your sessions',
    response: z.object({ items: z.array(Session) }),
  }),
  endSession: route({
    method: 'DELETE',
    path: '/api/auth/sessions/{id}',
    permission: 'signed_in',
    tag,
    summary: 'End one of your sessions',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  endOtherSessions: route({
    method: 'DELETE',
    path: '/api/auth/sessions',
    permission: 'signed_in',
    tag,
    summary: 'End all your other sessions',
    response: z.object({ ended: z.int() }),
  }),
  makePasswordReset: route({
    method: 'POST',
    path: '/api/users/{id}/password-reset',
    permission: 'user:write',
    tag,
    summary: 'Create a link with which a person sets a new password, once, within a day',
    params: Id,
    status: 201,
    response: z.object({ url: z.string(), expires_at: z.iso.datetime() }),
  }),
  removeFactors: route({
    method: 'DELETE',
    path: '/api/users/{id}/factors',
    permission: 'user:write',
    tag,
    summary: 'Remove the second factors of a person who has lost them; ends all their sessions',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  endUserSessions: route({
    method: 'DELETE',
    path: '/api/users/{id}/sessions',
    permission: 'user:write',
    tag,
    summary: 'End all sessions of a person',
    params: Id,
    response: z.object({ ended: z.int() }),
  }),
  getSignInPolicy: route({
    method: 'GET',
    path: '/api/auth/policy',
    permission: 'organization:read',
    tag,
    summary: 'Get the sign-in policy of the organization',
    response: z.object({ requires_second_factor: z.boolean() }),
  }),
  setSignInPolicy: route({
    method: 'PUT',
    path: '/api/auth/policy',
    permission: 'organization:write',
    tag,
    summary: 'Set the sign-in policy of the organization',
    body: z.strictObject({ requires_second_factor: z.boolean() }),
    response: z.object({ requires_second_factor: z.boolean() }),
  }),
} as const
