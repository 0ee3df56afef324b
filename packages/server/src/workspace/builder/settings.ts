import { limits } from '@bifrost/contract'
import type { Executable } from '../types.ts'
import type { OptionValues } from './options.ts'
import type { DefinedBy } from './sdk-symbols.ts'

const CACHE_TTL_SECONDS = 300

/** Everything but the signature: what the options say, and the defaults for the rest. The same for every language. */
export function settingsOf(
  definedBy: DefinedBy,
  values: OptionValues,
  documented: string,
  fallbackName: string,
): Omit<Executable, 'exportName' | 'parameters' | 'arguments' | 'graph' | 'line' | 'error' | 'warnings'> {
  const isTool = definedBy === 'tool' || values.isTool === true
  const isProvider = definedBy === 'dataProvider'
  // Of a tool, one text says both.
  const described = values.description ?? documented
  const description = described || (isTool ? (values.toolDescription ?? '') : '')
  const endpointEnabled = values.endpointEnabled ?? false
  return {
    type: isProvider ? 'data_provider' : isTool ? 'tool' : 'workflow',
    name: values.name ?? fallbackName,
    description,
    category: values.category ?? 'General',
    tags: values.tags ?? [],
    executionMode: values.executionMode ?? (endpointEnabled || isProvider ? 'sync' : 'async'),
    timeoutSeconds: values.timeoutSeconds ?? limits.timeoutSecondsDefault,
    retryPolicy: values.retryPolicy ?? null,
    schedule: values.schedule ?? null,
    flowControl: values.flowControl ?? null,
    columns: values.columns ?? [],
    startOn: values.startOn ?? null,
    cancelOn: values.cancelOn ?? [],
    endpointEnabled,
    allowedMethods: values.allowedMethods ?? ['POST'],
    disableGlobalKey: values.disableGlobalKey ?? false,
    publicEndpoint: values.publicEndpoint ?? false,
    toolDescription: isTool ? (values.toolDescription ?? description) : null,
    timeSaved: values.timeSaved ?? 0,
    value: values.value ?? 0,
    cacheTtlSeconds: isProvider ? (values.cacheTtlSeconds ?? CACHE_TTL_SECONDS) : null,
  }
}

/** A schedule in a file gives no input. */
export function withScheduleWarning(executable: Executable, path: string): Executable {
  const needed = executable.schedule && executable.parameters.find((parameter) => parameter.required)
  if (!needed) return executable
  const message =
    `The option "schedule" gives no input, and "${needed.name}" is required: none of its runs would start. ` +
    'Give it a default, or make a schedule with an input on the Schedules page.'
  return {
    ...executable,
    warnings: [...executable.warnings, { message, path, line: executable.line, column: null }],
  }
}
