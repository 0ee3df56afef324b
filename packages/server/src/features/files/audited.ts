import type { FileLocation } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** Writes down a change that was made to a file. The file system has no transactions, so it comes after the change. */
export type FileAudit = (
  scope: OrgScope,
  action: `file.${'write' | 'delete' | 'rename' | 'upload' | 'sign' | 'create_folder'}`,
  file: { location: FileLocation; path: string },
  after?: Record<string, string | number | boolean>,
) => Promise<void>

export const fileAudit =
  (db: Database): FileAudit =>
  (scope, action, { location, path }, after) =>
    audit(db.as(scope).query, scope, {
      action,
      target: { type: 'file', id: `${location}:${path}`, name: path },
      ...(after ? { after } : {}),
    })
