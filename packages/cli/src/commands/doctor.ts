import { ApiError, routes } from '@bifrost/contract'
import type { Finding } from '@bifrost/server/doctor'
import { type ConnectionOptions, connect, explain } from '../connection.ts'
import { exitCodes } from '../exit-codes.ts'
import { colour, print } from '../terminal.ts'

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
    print('\nSettings')
    const width = Math.max(...settings.map(({ name }) => name.length))
    for (const { name, value, source } of settings)
      print(`  ${name.padEnd(width)}  ${value ?? '-'}  ${colour(process.stdout, 'gray', `(${source})`)}`)
  }
  return ok ? exitCodes.ok : exitCodes.failed
}

async function examineServer(options: ConnectionOptions): Promise<Finding> {
  const connection = await connect(options)
  const name = 'Server'
  try {
    const { status, version } = await connection.api(routes.getHealth)
    await connection.api(routes.getMe)
    return {
      name,
      status: status === 'ok' ? 'ok' : 'warn',
      text: `version ${version} answers at ${connection.url}: ${status}`,
    }
  } catch (cause) {
    const error = explain(cause, connection)
    // No server running is the usual state before the first start.
    return { name, status: cause instanceof ApiError || options.url ? 'fail' : 'warn', text: error.message }
  }
}

const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function findingText({ name, status, text, advice }: Finding): string {
  const mark = colour(process.stdout, styles[status], status.padEnd(4))
  return `${mark}  ${name}: ${text}${advice ? `\n      ${advice}` : ''}`
}
