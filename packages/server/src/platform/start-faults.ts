import { accessSync, constants, statSync } from 'node:fs'
import { StartError } from './start-error.ts'

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? ''

/** Refuses a start whose workspace is not a readable folder: it would find no workflow and say nothing. */
export function requireWorkspace(workspaceDir: string): void {
  const advice = 'create that folder, or set BIFROST_WORKSPACE to the folder of your workflows.'
  const found = statSync(workspaceDir, { throwIfNoEntry: false })
  if (!found) throw new StartError(`There is no workspace folder ${workspaceDir}: ${advice}`)
  if (!found.isDirectory())
    throw new StartError(
      `The workspace ${workspaceDir} is a file: set BIFROST_WORKSPACE to the folder of your workflows.`,
    )
  try {
    accessSync(workspaceDir, constants.R_OK | constants.X_OK)
  } catch (cause) {
    throw new StartError(
      `This user may not read the workspace folder ${workspaceDir}: give it the right to, or set BIFROST_WORKSPACE to another folder.`,
      { cause },
    )
  }
}

/** Why a data folder cannot be used, as one sentence. */
export function dataDirError(dataDir: string, cause: unknown): StartError {
  const elsewhere = 'set BIFROST_DATA_DIR to another folder.'
  const texts: Record<string, string> = {
    EEXIST: `The data folder ${dataDir} is a file: ${elsewhere}`,
    ENOTDIR: `The data folder ${dataDir} lies below a file: ${elsewhere}`,
    EROFS: `The data folder ${dataDir} lies on a file system that is read-only: ${elsewhere}`,
    ENOSPC: `The disk of the data folder ${dataDir} is full: make room, or ${elsewhere}`,
  }
  const text =
    texts[codeOf(cause)] ??
    `This user may not write to the data folder ${dataDir}: start Bifrost as the user that started it first, or ${elsewhere}`
  return new StartError(text, { cause })
}

/** Why the server cannot listen, as one sentence. */
export function listenError(
  { host, port, setting }: { host: string; port: number; setting: string },
  cause: unknown,
): StartError {
  const texts: Record<string, string> = {
    EADDRINUSE: `Port ${port} is used by another program; stop it, or set ${setting} to a free one.`,
    EACCES: `This user may not listen on port ${port}; set ${setting} to one above 1023.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}; set HOST to one of its addresses, or to 0.0.0.0 for all.`,
  }
  const text =
    texts[codeOf(cause)] ??
    `The server cannot listen on ${host}, port ${port} (${codeOf(cause) || (cause as Error).message}); set HOST and ${setting} to an address and port of this machine.`
  return new StartError(text, { cause })
}

/** Why the database of `DATABASE_URL` cannot be used, as one sentence; the address has a password, so it is not named. */
export function databaseError({ host, port }: { host: string; port: number }, cause: unknown): StartError {
  const where = `${host}, port ${port}`
  const texts: Record<string, string> = {
    ECONNREFUSED: `Nothing answers at the address of DATABASE_URL (${where}): start PostgreSQL there, or correct DATABASE_URL.`,
    ENOTFOUND: `The host ${host} does not exist: correct DATABASE_URL.`,
    EAI_AGAIN: `The host ${host} of DATABASE_URL cannot be resolved: check the network, or correct DATABASE_URL.`,
    '28P01': 'The database rejected the login: correct the user or the password in DATABASE_URL.',
    '28000': 'The database rejected the login: correct the user in DATABASE_URL, or allow it in pg_hba.conf.',
    '3D000': 'The database named in DATABASE_URL does not exist: create it, or correct DATABASE_URL.',
  }
  const text =
    texts[codeOf(cause)] ??
    `The database of DATABASE_URL (${where}) does not answer: ${(cause as Error).message || codeOf(cause)}`
  return new StartError(text, { cause })
}
