import type { Database } from '../platform/database.ts'
import type { KnownBundle } from './bundles.ts'
import type { KnownHarm } from './quarantine.ts'
import type { AnalyzedFile } from './types.ts'

/** What analysis said of an owner's files, for the next start of the server: what is unchanged is not read again. */
export interface OwnerState {
  stamps: [path: string, stamp: string][]
  analyzed: AnalyzedFile[]
  bundles: Record<string, KnownBundle>
  /** What ended a process; absent in what earlier versions wrote. */
  harm?: KnownHarm
}

/** Raise it when analysis or bundling say something else of the same files. */
const ANALYSIS_VERSION = '10'

export async function readOwnerState(
  db: Database,
  workspaceDir: string,
  owner: string | null,
): Promise<OwnerState | null> {
  const [row] = await db.query<{ files: OwnerState }>(
    'select files from workspace_state where workspace = $1 and owner = $2 and version = $3',
    [workspaceDir, owner ?? '', ANALYSIS_VERSION],
  )
  return row?.files ?? null
}

export async function writeOwnerState(
  db: Database,
  workspaceDir: string,
  owner: string | null,
  state: OwnerState,
): Promise<void> {
  await db.query(
    `insert into workspace_state (workspace, owner, version, files, updated_at) values ($1, $2, $3, $4, now())
     on conflict (workspace, owner) do update
       set version = excluded.version, files = excluded.files, updated_at = now()`,
    [workspaceDir, owner ?? '', ANALYSIS_VERSION, JSON.stringify(state)],
  )
}
