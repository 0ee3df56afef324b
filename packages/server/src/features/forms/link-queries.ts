import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface LinkRow {
  id: string
  form_id: string
  org_id: string
  name: string
  is_active: boolean
  expires_at: Date | null
  submissions_max: number | null
  submissions: number
  show_result: boolean
  created_at: Date
}

/** What can be written of a link. */
export type LinkValues = Pick<
  LinkRow,
  'name' | 'is_active' | 'expires_at' | 'submissions_max' | 'show_result'
>

const COLUMNS = `id, form_id, org_id, name, is_active, expires_at, submissions_max, submissions, show_result, created_at`

export const listLinks = (scope: OrgScope, query: Query, formId: string): Promise<LinkRow[]> =>
  query<LinkRow>(`select ${COLUMNS} from form_links where form_id = $1 and org_id = $2 order by id`, [
    formId,
    scope.orgId,
  ])

export async function findLink(
  scope: OrgScope,
  query: Query,
  formId: string,
  id: string,
): Promise<LinkRow | null> {
  const [row] = await query<LinkRow>(
    `select ${COLUMNS} from form_links where id = $1 and form_id = $2 and org_id = $3`,
    [id, formId, scope.orgId],
  )
  return row ?? null
}

export const insertLink = (
  scope: OrgScope,
  query: Query,
  id: string,
  formId: string,
  tokenHash: Buffer,
  values: LinkValues,
) =>
  counted(query, 'formLinks', formId, () =>
    query(
      `insert into form_links (id, form_id, org_id, created_by, token_hash, name, is_active, expires_at, submissions_max, show_result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [id, formId, scope.orgId, scope.userId, tokenHash, ...columnsOf(values)],
    ),
  )

export const updateLink = (scope: OrgScope, query: Query, id: string, values: LinkValues) =>
  query(
    `update form_links set name = $3, is_active = $4, expires_at = $5, submissions_max = $6, show_result = $7
     where id = $1 and org_id = $2`,
    [id, scope.orgId, ...columnsOf(values)],
  )

const columnsOf = (values: LinkValues) => [
  values.name,
  values.is_active,
  values.expires_at,
  values.submissions_max,
  values.show_result,
]

export const deleteLink = (scope: OrgScope, query: Query, id: string) =>
  query('delete from form_links where id = $1 and org_id = $2', [id, scope.orgId])

/** Counts a submission; false when there may be no more, however many submit at the same moment. */
export async function takeSubmission(scope: OrgScope, query: Query, id: string): Promise<boolean> {
  const rows = await query(
    `update form_links set submissions = submissions + 1
     where id = $1 and org_id = $2 and is_active and (expires_at is null or expires_at > now())
       and (submissions_max is null or submissions < submissions_max) returning id`,
    [id, scope.orgId],
  )
  return rows.length === 1
}

export const giveSubmissionBack = (scope: OrgScope, query: Query, id: string) =>
  query('update form_links set submissions = submissions - 1 where id = $1 and org_id = $2', [
    id,
    scope.orgId,
  ])

export const insertUpload = (scope: OrgScope, query: Query, linkId: string, fileId: string) =>
  query('insert into form_uploads (file_id, link_id, org_id) values ($1, $2, $3)', [
    fileId,
    linkId,
    scope.orgId,
  ])

export async function hasUpload(
  scope: OrgScope,
  query: Query,
  linkId: string,
  fileId: string,
): Promise<boolean> {
  const rows = await query('select from form_uploads where link_id = $1 and file_id = $2 and org_id = $3', [
    linkId,
    fileId,
    scope.orgId,
  ])
  return rows.length === 1
}
