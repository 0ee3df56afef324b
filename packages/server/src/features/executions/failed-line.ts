import type { OrgScope } from '../../platform/scope.ts'
import type { CodeVersions } from '../../workspace/code-versions.ts'
import { type DetailRow, placeOf } from './rows.ts'

export interface FailedLineOptions {
  codeVersions: Pick<CodeVersions, 'sourceFile'>
  /** Whether the person may read a workspace path. */
  mayRead(scope: OrgScope, path: string): Promise<boolean>
}

/**
 * The line that a run failed at, from the code version that ran: the file may have been corrected since, and its present
 * line would be the wrong one. Null when the version did not keep its files, or the person may not read them.
 */
export async function failedLine(
  { codeVersions, mayRead }: FailedLineOptions,
  scope: OrgScope,
  row: DetailRow,
): Promise<string | null> {
  const place = placeOf(scope, row)
  if (!place || row.code_version === null || !(await mayRead(scope, place.path))) return null
  const text = await codeVersions.sourceFile(row.code_version, place.path)
  return text?.split('\n')[place.line - 1] ?? null
}
