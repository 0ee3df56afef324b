import { pipeline, type Readable, Transform } from 'node:stream'
import { AppError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { stillStands } from '../../tenancy/standing.ts'

/**
 * The same bytes. Before their end is told, `check` is asked, and what it throws breaks them off: bytes may come for
 * minutes, and the sender may have lost the right to it meanwhile.
 */
export function checkedAtEnd(content: Readable, check: () => Promise<unknown>): Readable {
  const checked = new Transform({
    transform: (part, _encoding, done) => done(null, part),
    flush: (done) => void check().then(() => done(), done),
  })
  pipeline(content, checked, () => {})
  return checked
}

/** The bytes of a caller whose rights have to hold until the last of them has come. */
export const sentBy = (db: Database, scope: OrgScope, content: Readable): Readable =>
  checkedAtEnd(content, async () => {
    if (!(await stillStands(db, scope)))
      throw new AppError('forbidden', 'Your permissions changed during the upload. The file was not stored.')
  })
