import { ApiError, routes } from '@bifrost/contract'
import type { Finding } from '@bifrost/server/doctor'
import { type ConnectionOptions, connect, explain } from '../connection.ts'
import { exitCodes } from '../exit-codes.ts'
import { color, print } from '../terminal.ts'

/** `bifrost doctor`: looks at everything a start needs and says what to do; answers the exit code. */
export async function doctorCommand({
  json,
  ...options
}: ConnectionOptions & { json?: boolean }): Promise<number> {
  const { examine } = await import('@bifrost/server/doctor')
  const { findings, settings } = await examine(process.env)
  if (!findings.some(({ name, status }) => name === 'Settings' && status === 'fail'))
    findings.push(await examineServer(options))
  const ok = findings.every(({ status }) => status !== 'fail')
  if (json) print(JSON.stringify({ ok, findings, settings }))
  else {
    for (const finding of findings) print(findingText(finding))
    print('\nSettings of this shell and of .env; a running server may have been started with others')
    const width = Math.max(...settings.map(({ name }) => name.length))
    for (const { name, value, source } of settings)
      print(`  ${name.padEnd(width)}  ${value ?? '-'}  ${color(process.stdout, 'gray', `(${source})`)}`)
  }
  return ok ? exitCodes.ok : exitCodes.failed
}

async function examineServer(options: ConnectionOptions): Promise<Finding> {
  const connection = await connect(options)
  const name = 'Server'
  try {
    const { version } = await connection.api(routes.getHealth)
    const text = `version ${version} answers at ${connection.url}`
    // Before the first administrator there is no key that could be valid.
    if ((await connection.api(routes.getSetup)).needed)
      return {
        name,
        status: 'ok',
        text: `${text}, and waits for its first administrator`,
        advice: 'Open the set-up link that the server printed when it started.',
      }
    await connection.api(routes.getMe)
    return { name, status: 'ok', text }
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 503)
      return {
        name,
        status: 'fail',
        text: `it answers at ${connection.url}, but its database does not`,
        advice: 'Look at PostgreSQL, and at the log of the server.',
      }
    const error = explain(cause, connection)
    // No server running is the usual state before the first start.
    return { name, status: cause instanceof ApiError || options.url ? 'fail' : 'warn', text: error.message }
  }
}

const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function findingText({ name, status, text, advice }: Finding): string {
  const mark = color(process.stdout, styles[status], status.padEnd(4))
  return `${mark}  ${name}: ${text}${advice ? `\n      ${advice}` : ''}`
}
