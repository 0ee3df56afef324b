import type { Trigger } from '@bifrost/contract'

/** What started a run, in words that fit after a name. */
export const triggerLabels: Record<Trigger, string> = {
  api: 'API',
  form: 'form',
  schedule: 'schedule',
  event: 'event',
  endpoint: 'endpoint',
  tool: 'tool call',
  workflow: 'workflow',
  cli: 'command line',
  test: 'test',
  code: 'inline code',
}
