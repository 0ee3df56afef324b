import type { Config } from '../config.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** Where to sign in, for the person who started the platform. */
export function signInNotes(url: string, setupPath: string | null, config: Config): string[] {
  const address = url.replace('127.0.0.1', 'localhost')
  return [
    setupPath
      ? `Create the first administrator: ${address}${setupPath}`
      : `Sign in at ${address}${config.adminEmail ? ` as ${config.adminEmail}` : ''}`,
  ]
}

/** Which files have mistakes, once all were looked at. */
export async function fileNotes(files: Workspace | null): Promise<string[]> {
  await files?.scanned
  const problems = (await files?.problems()) ?? []
  return problems.map((note) => `${note.path}${note.line === null ? '' : `:${note.line}`}: ${note.message}`)
}
