import type { RunContext } from '@bifrost/contract'
import type { RunOrigin } from '../engine/start/run-origin.ts'

type RunForm = NonNullable<RunContext['form']>

/** What a run knows of the form that it comes from. */
export function formOf(origin: RunOrigin | null): RunForm | null {
  if (origin?.kind !== 'form') return null
  const { answers, startup } = (origin.data ?? {}) as Partial<RunForm>
  return { id: origin.id, name: origin.name ?? '', answers: answers ?? {}, startup: startup ?? null }
}
