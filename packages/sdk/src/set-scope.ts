import { setActing } from './acting.ts'
import { callPlatform } from './call-platform.ts'
import { requireRun } from './current-run.ts'

/** What `context.setScope` does. */
export async function setScope(scope: string): Promise<void> {
  const { context, durable } = requireRun('context.setScope()')
  if (typeof scope !== 'string' || scope === '')
    throw new TypeError('context.setScope() needs the id of an organization, or "global".')
  // A step is not run again when the run continues, and its calls would then be for another organization.
  if (durable.insideStep !== null)
    throw new Error(`context.setScope() is inside the step "${durable.insideStep}". Call it before or after.`)
  await callPlatform('context.setScope', { scope })
  setActing(context, scope)
}
