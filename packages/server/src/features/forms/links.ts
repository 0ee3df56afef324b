import { AppError, type FormLink, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import {
  deleteLink,
  findLink,
  insertLink,
  type LinkRow,
  type LinkValues,
  listLinks,
  updateLink,
} from './link-queries.ts'
import { type FormRow, findForm } from './queries.ts'

export interface LinkChange {
  name?: string | undefined
  is_active?: boolean | undefined
  expires_at?: string | null | undefined
  submissions_max?: number | null | undefined
  show_result?: boolean | undefined
}

/** A link that a person followed: its form, and who its runs act as. */
export interface FollowedLink {
  link: LinkRow
  form: FormRow
  /** No person of the link's organization. */
  scope: OrgScope
}

/** Public links of forms. The token is the right: it is long, random, kept as a hash, and shown once. */
export class FormLinks {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async list(scope: OrgScope, formId: string): Promise<FormLink[]> {
    return (await listLinks(scope, this.#db.as(scope).query, formId)).map(linkOf)
  }

  async create(
    scope: OrgScope,
    form: FormRow,
    change: LinkChange,
  ): Promise<FormLink & { token: string; path: string }> {
    if (scope.owner === null)
      throw new AppError(
        'conflict',
        'The runs of a public link belong to an organization. Switch to that organization first.',
      )
    const id = newId()
    const token = newToken('bff')
    const values = valuesOf(
      { name: '', is_active: true, expires_at: null, submissions_max: null, show_result: false },
      change,
    )
    await this.#db.as(scope).transaction(async (query) => {
      await insertLink(scope, query, id, form.id, hashToken(token), values)
      await audit(query, scope, {
        action: 'form_link.create',
        target: { type: 'form', id: form.id, name: form.name },
        after: { link: id, ...auditOf(values) },
      })
    })
    return { ...linkOf(await this.#find(scope, form.id, id)), token, path: `/f/${token}` }
  }

  async change(scope: OrgScope, form: FormRow, id: string, change: LinkChange): Promise<FormLink> {
    const before = await this.#find(scope, form.id, id)
    const values = valuesOf(before, change)
    await this.#db.as(scope).transaction(async (query) => {
      await updateLink(scope, query, id, values)
      await audit(query, scope, {
        action: 'form_link.update',
        target: { type: 'form', id: form.id, name: form.name },
        before: { link: id, ...auditOf(before) },
        after: { link: id, ...auditOf(values) },
      })
    })
    return linkOf(await this.#find(scope, form.id, id))
  }

  async remove(scope: OrgScope, form: FormRow, id: string): Promise<void> {
    const before = await this.#find(scope, form.id, id)
    await this.#db.as(scope).transaction(async (query) => {
      await deleteLink(scope, query, id)
      await audit(query, scope, {
        action: 'form_link.delete',
        target: { type: 'form', id: form.id, name: form.name },
        before: { link: id, ...auditOf(before) },
      })
    })
  }

  /** The link of a token, while it is in use. Why it is not in use is not told: all answers are the same. */
  async follow(token: string): Promise<FollowedLink> {
    // Before there is a scope: the token itself is what leads to one.
    const [link] = await this.#db.query<LinkRow>(
      `select l.* from form_links l join organizations o on o.id = l.org_id and o.is_active
       where l.token_hash = $1 and l.is_active and (l.expires_at is null or l.expires_at > now())
         and (l.submissions_max is null or l.submissions < l.submissions_max)`,
      [hashToken(token)],
    )
    const scope = link && (await scopeOf(this.#db.query, link.org_id, null))
    const form = scope && (await findForm(scope, this.#db.as(scope).query, link.form_id))
    if (!link || !scope || !form?.is_active)
      throw new AppError('not_found', 'This link is invalid or no longer works.')
    return { link, form, scope }
  }

  async #find(scope: OrgScope, formId: string, id: string): Promise<LinkRow> {
    const row = await findLink(scope, this.#db.as(scope).query, formId, id)
    if (!row) throw new AppError('not_found', 'There is no such link.')
    return row
  }
}

function valuesOf(before: LinkValues, change: LinkChange): LinkValues {
  const { expires_at: expires } = change
  if (expires && Date.parse(expires) <= Date.now())
    throw validationError([{ field: 'expires_at', message: 'is in the past' }])
  return {
    name: change.name ?? before.name,
    is_active: change.is_active ?? before.is_active,
    expires_at: expires === undefined ? before.expires_at : expires === null ? null : new Date(expires),
    submissions_max: change.submissions_max === undefined ? before.submissions_max : change.submissions_max,
    show_result: change.show_result ?? before.show_result,
  }
}

const linkOf = (row: LinkRow): FormLink => ({
  id: row.id,
  name: row.name,
  org_id: row.org_id,
  is_active: row.is_active,
  expires_at: row.expires_at?.toISOString() ?? null,
  submissions_max: row.submissions_max,
  submissions: row.submissions,
  show_result: row.show_result,
  created_at: row.created_at.toISOString(),
})

const auditOf = (values: LinkValues) => ({
  name: values.name,
  is_active: values.is_active,
  expires_at: values.expires_at?.toISOString() ?? null,
  submissions_max: values.submissions_max,
  show_result: values.show_result,
})
