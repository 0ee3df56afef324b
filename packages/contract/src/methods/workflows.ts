import { z } from 'zod'
import { limits } from '../limits.ts'
import { Parameter } from '../parameters.ts'
import { WorkflowType } from '../workflow.ts'
import { method } from './method.ts'

const NameOrId = z.string().min(1).max(200)
const Info = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  type: WorkflowType,
  parameters: z.array(Parameter),
})

/** `workflows.*`. */
export const workflowMethods = {
  /** Asked for twice for one place of a journal, it answers the run that was started first. */
  'workflows.run': method({
    permission: 'workflow:run',
    effect: 'write',
    where: 'anywhere',
    errors: ['not_found', 'validation_failed', 'quota_exceeded', 'workflow_broken'],
    args: z.object({
      workflow: NameOrId,
      input: z.record(z.string(), z.unknown()),
      key: z.string().min(1).max(1000),
    }),
    result: z.uuid(),
  }),
  /** One part of a `workflows.startMany`. All of a part is started, or nothing. */
  'workflows.startMany': method({
    permission: 'workflow:run',
    effect: 'write',
    where: 'anywhere',
    errors: ['not_found', 'validation_failed', 'quota_exceeded', 'workflow_broken'],
    label: 'workflows.startMany',
    args: z.object({
      workflow: NameOrId,
      /** Where in the caller's journal it stands. */
      place: z.string().min(1).max(1000),
      /** Which record of the call is the first of this part. */
      offset: z.int().min(0).max(limits.startManyRecordsMax),
      /** Each is checked as the input that it is. */
      records: z.array(z.unknown()).max(limits.startManyRecordsMax),
      keys: z.array(z.string().min(1).max(200)).nullable(),
      priority: z.int().min(-100).max(100).optional(),
      /** When they start, up to a year ahead; at once where it has passed, which it may have when a crash asks again. */
      scheduledAt: z.iso.datetime().optional(),
      /** Only look whether all of them can be started; then the answer is null. */
      check: z.boolean(),
      /** Answer the id of the run of each record. */
      ids: z.boolean(),
    }),
    result: z
      .object({ started: z.int(), duplicates: z.int(), ids: z.array(z.string()).nullable() })
      .nullable(),
  }),
  'workflows.list': method({
    permission: 'workflow:read',
    effect: 'read',
    where: 'anywhere',
    errors: [],
    args: z.object({}),
    result: z.array(Info),
  }),
  'workflows.get': method({
    permission: 'workflow:read',
    effect: 'read',
    where: 'anywhere',
    errors: [],
    args: z.object({ name: NameOrId }),
    result: Info.nullable(),
  }),
  /** People may cancel the runs that they may see. False: it had ended. */
  'workflows.cancel': method({
    permission: null,
    effect: 'write',
    where: 'anywhere',
    errors: ['not_found'],
    args: z.object({ executionId: z.uuid() }),
    result: z.boolean(),
  }),
}
