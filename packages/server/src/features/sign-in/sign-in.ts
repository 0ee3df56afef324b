import { AppError, limits, type Me, type SignInAnswer } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { Exchange } from '../../platform/http/implement.ts'
import {
  type AccountRow,
  type Authenticator,
  accountByEmail,
  accountById,
  auditFailedSignIn,
  enter,
  giveStep,
  type KnownDevices,
  type Origin,
  type SignInLimits,
  takeStep,
  tryStep,
  verifyPassword,
} from '../accounts/accounts.ts'
import type { Factors } from '../factors/factors.ts'

interface Parts {
  db: Database
  factors: Factors
  authenticator: Pick<Authenticator, 'forget'>
  devices: KnownDevices
  limits: SignInLimits
}

export interface SignIn {
  /** Throws `sign_in_failed`, or `rate_limited` after too many failures. */
  withPassword(given: { email: string; password: string }, exchange: Exchange): Promise<SignInAnswer>
  /** The second step, with a code of the authenticator app or a recovery code. */
  withCode(given: { token: string; code: string }, exchange: Exchange): Promise<Me>
  limits: SignInLimits
}

export function createSignIn({ db, factors, authenticator, devices, limits: signInLimits }: Parts): SignIn {
  /** Signs a person in whose password was right, or asks for what else is due. */
  const nextStep = async (account: AccountRow, exchange: Exchange): Promise<SignInAnswer> => {
    const methods = await factors.methodsOf(account.user_id)
    if (methods.length === 0) return enter({ db, authenticator, devices }, exchange, account, 'password')
    const { token, expiresAt } = await giveStep(
      db.query,
      'second_factor',
      { userId: account.user_id, data: {} },
      limits.signInStepMinutesMax,
    )
    return { mfa_required: true, token, methods, expires_at: expiresAt.toISOString() }
  }

  const originOf = ({ request }: Exchange, account: AccountRow | null): Origin => ({
    address: request.ip,
    device: account && devices.find(request, account.user_id),
  })

  return {
    limits: signInLimits,
    async withPassword({ email, password }, exchange) {
      const account = await accountByEmail(db, email)
      // An account has one count, however its address is spelled.
      const passed = await signInLimits.take(
        'password',
        account?.user_id ?? email.toLowerCase(),
        originOf(exchange, account),
      )
      if (!(await verifyPassword(account?.password_hash ?? null, password))) {
        await auditFailedSignIn(db, exchange.request, account, { email, method: 'password', why: 'password' })
        throw new AppError('sign_in_failed', 'The email address or the password is wrong.')
      }
      if (!account) throw new Error('a password without an account')
      await passed()
      return nextStep(account, exchange)
    },

    async withCode({ token, code }, exchange) {
      const step = await tryStep(db.query, 'second_factor', token, limits.secondFactorTriesMax)
      const account = step?.userId ? await accountById(db.query, step.userId) : null
      if (!account) throw stepOver()
      // Apart from the count of passwords, which a right password sets back each time.
      const passed = await signInLimits.take('code', account.user_id, originOf(exchange, account))
      const method = await factors.useCode(account.user_id, code)
      if (!method) {
        await auditFailedSignIn(db, exchange.request, account, {
          email: account.email,
          method: 'totp',
          why: 'code',
        })
        throw new AppError('sign_in_failed', 'The code is wrong or has already been used.')
      }
      if (!(await takeStep(db.query, 'second_factor', token))) throw stepOver()
      await passed()
      return enter({ db, authenticator, devices }, exchange, account, method)
    },
  }
}

export const stepOver = (): AppError =>
  new AppError('sign_in_failed', 'This sign-in took too long or has already been used. Start again.')
