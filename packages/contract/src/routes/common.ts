import { z } from 'zod'
import { limits } from '../limits.ts'

export const Id = z.object({ id: z.uuid() })
/** A workflow by its id or its name. */
export const IdOrName = z.object({
  id: z.string().min(1).max(200).describe('The ID or the name of a workflow'),
})
export const Cursor = z.string().max(500).describe('next_cursor of the previous page')
export const Limit = z.int().min(1).max(limits.pageSizeMax)
/** Of which organizations an administrator of the platform lists things; whatever others ask for counts for nothing. */
export const ListScope = z
  .string()
  .max(36)
  .optional()
  .describe('For platform administrators: `global`, or the ID of one organization; absent: all')
export const Nothing = z.null()

/** A page of a list; `next_cursor` is null on the last one. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() })
