import type { BaseLogger } from 'pino'

/** The part of a pino logger that the platform writes to. */
export type Log = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

/** For programs that have nobody to tell, such as a test's database. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
