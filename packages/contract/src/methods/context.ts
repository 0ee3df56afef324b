import { z } from 'zod'
import { method } from './method.ts'

/** `context.*`: what a run asks about itself. */
export const contextMethods = {
  /**
   * Whether the run may act for the organization that `scope` names, under the rules of every call with a `scope`;
   * `forbidden` otherwise. The SDK then adds that `scope` to the later calls of the run, and each is checked again.
   */
  'context.setScope': method({
    permission: null,
    effect: 'read',
    where: 'run',
    errors: [],
    args: z.object({}),
    result: z.object({
      /** Null: it acts globally. */
      orgId: z.uuid().nullable(),
      orgName: z.string().nullable(),
    }),
  }),
}
