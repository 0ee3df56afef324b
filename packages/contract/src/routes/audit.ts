import { z } from 'zod'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Cursor, Limit, ListScope, page } from './common.ts'

const tag = 'Audit'

/** One change, sign-in, or the attempt at one. It never holds a secret. */
export const AuditRow = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  /** Null: it belongs to no organization, such as the sign-in of an unknown person. */
  organization: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** Who; the id is null for an unknown person, and both are for the platform itself. */
  actor: z.object({ id: z.uuid().nullable(), email: z.string().nullable() }),
  /** noun.verb, such as `config.set`. */
  action: z.string(),
  target: z.object({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
  outcome: z.enum(['success', 'failure']),
  /** Where the request came from. */
  address: z.string().nullable(),
  /** The run that did it, when it was one. */
  execution_id: z.uuid().nullable(),
  before: Json,
  after: Json,
})
export type AuditRow = z.infer<typeof AuditRow>

const filter = {
  actor: z.string().max(254).optional().describe('The ID of a person, or a part of the email address'),
  action: z
    .string()
    .max(100)
    .optional()
    .describe('Such as `config.set`; a noun alone (`config`) finds all of its verbs'),
  target_type: z.string().max(100).optional(),
  target_id: z.string().max(400).optional(),
  outcome: AuditRow.shape.outcome.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  search: z.string().max(200).optional().describe('Text in the action, the target or the actor'),
  scope: ListScope,
}
/** Which rows are meant. */
export const AuditFilter = z.strictObject(filter)
export type AuditFilter = z.infer<typeof AuditFilter>

export const auditRoutes = {
  listAudit: route({
    method: 'GET',
    path: '/api/audit',
    permission: 'audit:read',
    tag,
    summary: 'List who did what, newest first',
    query: z.strictObject({ ...filter, cursor: Cursor.optional(), limit: Limit.optional() }),
    response: page(AuditRow),
  }),
  exportAudit: route({
    method: 'GET',
    path: '/api/audit/export',
    permission: 'audit:read',
    tag,
    summary: 'Download the audit log as CSV or JSON',
    description:
      'At most 100,000 rows, the newest; narrow the filter for others. In CSV, a text that a spreadsheet would read as a formula gets an apostrophe in front.',
    query: z.strictObject({ ...filter, format: z.enum(['csv', 'json']) }),
    transport: 'download',
    response: z.string(),
  }),
} as const
