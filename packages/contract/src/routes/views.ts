import { z } from 'zod'
import { route } from '../route.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Views'

const Text = z.string().max(1000)

/**
 * What a list shows, as its address in the web app has it: filters and, where they were chosen, `sort` and `columns`.
 * Members that a list does not know are ignored by it. As JSON it has at most `limits.viewFilterCharactersMax` characters.
 * @example { status: 'failed,timeout', workflow: 'nightly-sync' }
 */
export const ViewFilter = z
  .record(z.string().min(1).max(50), z.union([Text, z.number(), z.boolean(), z.array(Text).max(50)]))
  .meta({ id: 'ViewFilter' })
export type ViewFilter = z.infer<typeof ViewFilter>

/** The name of a list of the web app, such as `executions`; the rows of a table are `rows:` and the id of the table. */
export const ViewList = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[a-z][a-z0-9:-]*$/, 'may have small letters, digits, hyphens and colons')

/** A named filter of a list. */
export const SavedView = z
  .object({
    id: z.uuid(),
    list: ViewList,
    name: z.string(),
    filter: ViewFilter,
    /** Everyone in the organization sees it; otherwise only the person who made it. */
    shared: z.boolean(),
    /** The list opens with it for the caller. Each person has at most one default per list. */
    default: z.boolean(),
    /** Null when the account was deleted. */
    created_by: z.object({ id: z.uuid(), name: z.string() }).nullable(),
    /** The caller may change and delete it. */
    can_edit: z.boolean(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'SavedView' })
export type SavedView = z.infer<typeof SavedView>

const Name = z.string().max(100).regex(/\S/, 'must not be empty')

/** Named filters of lists: kept by a person, or shared with an organization. */
export const viewRoutes = {
  listViews: route({
    method: 'GET',
    path: '/api/views',
    permission: 'view:read',
    tag,
    summary: 'List saved views: your own and those shared with the organization',
    query: z.strictObject({ list: ViewList.optional().describe('Only the views of this list') }),
    response: z.object({ items: z.array(SavedView) }),
  }),
  createView: route({
    method: 'POST',
    path: '/api/views',
    permission: 'view:write',
    tag,
    summary: 'Save a filter of a list under a name',
    description:
      'It belongs to the organization that you act for. To share it with everyone there takes the permission `view:share`. Names are unique per list among your own views, and among the shared ones (409).',
    body: z.strictObject({
      list: ViewList,
      name: Name,
      filter: ViewFilter,
      shared: z.boolean().optional(),
      default: z.boolean().optional(),
    }),
    status: 201,
    response: SavedView,
  }),
  updateView: route({
    method: 'PATCH',
    path: '/api/views/{id}',
    permission: 'view:write',
    tag,
    summary: 'Rename, change, share or unshare a view, or make it your default',
    description:
      '`default` is each person’s own choice, for every view that they see. The rest is changed by the person who made the view and, once it is shared, by administrators of the organization.',
    params: Id,
    body: z.strictObject({
      name: Name.optional(),
      filter: ViewFilter.optional(),
      shared: z.boolean().optional(),
      default: z.boolean().optional(),
    }),
    response: SavedView,
  }),
  deleteView: route({
    method: 'DELETE',
    path: '/api/views/{id}',
    permission: 'view:write',
    tag,
    summary: 'Delete a view',
    params: Id,
    status: 204,
    response: Nothing,
  }),
} as const
