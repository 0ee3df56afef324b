import { randomBytes } from 'node:crypto'
import { type Json, limits } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'

const HANDLE_BYTES = 48

/** What launch workflows answered. The visitor has a handle for it; the answer itself stays on the server. */
export interface Launches {
  keep(
    scope: OrgScope,
    formId: string,
    boundTo: Buffer,
    result: Json,
  ): Promise<{ handle: string; expiresAt: Date }>
  /** Only for the form and the session that it was kept for. */
  find(scope: OrgScope, formId: string, boundTo: Buffer, handle: string): Promise<{ result: Json } | null>
  forgetOld(): Promise<void>
}

export const createLaunches = (db: Database): Launches => ({
  async keep(scope, formId, boundTo, result) {
    // A person who opens forms all day must not fill the table until the night.
    await db
      .as(scope)
      .query('delete from form_launches where org_id = $1 and expires_at < now()', [scope.orgId])
    const handle = `bfl_${randomBytes(HANDLE_BYTES).toString('base64url')}`
    const [row] = await db.as(scope).query<{ expires_at: Date }>(
      `insert into form_launches (handle_hash, form_id, org_id, bound_to, result, expires_at)
       values ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond') returning expires_at`,
      [hashToken(handle), formId, scope.orgId, boundTo, JSON.stringify(result), limits.formLaunchTimeoutMs],
    )
    if (!row) throw new Error('a launch was not kept')
    return { handle, expiresAt: row.expires_at }
  },
  async find(scope, formId, boundTo, handle) {
    const [row] = await db.as(scope).query<{ result: Json }>(
      `select result from form_launches
       where handle_hash = $1 and form_id = $2 and org_id = $3 and bound_to = $4 and expires_at > now()`,
      [hashToken(handle), formId, scope.orgId, boundTo],
    )
    return row ?? null
  },
  async forgetOld() {
    await db.query('delete from form_launches where expires_at < now()')
    await db.query(`delete from form_uploads where created_at < now() - interval '1 day'`)
  },
})
