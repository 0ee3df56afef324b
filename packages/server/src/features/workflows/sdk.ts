import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { RunStarter } from './start-run.ts'

const Run = z.object({
  workflow: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  key: z.string().min(1).max(1000),
})

/** `workflows.*` as user code calls it. */
export const workflowSdk = (starter: RunStarter): Record<string, SdkMethod> => ({
  /** Asked for twice for one place of a journal, it answers the run that was started first. */
  'workflows.run': async (scope, args, { executionId }) => {
    const { workflow, input, key } = parseArguments('workflows', Run, args)
    const started = await starter.start(scope, workflow, {
      input,
      trigger: 'workflow',
      parent: { executionId, key },
      idempotencyKey: `run:${executionId}:${key}`,
    })
    return started.executionId
  },
})
