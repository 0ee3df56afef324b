import type { Json } from '@bifrost/contract'
import type { ColumnOption } from './columns.ts'
import type { ProviderOption } from './types.ts'

/** When a failed run is tried again. Delay = `delaySeconds`, doubled each time when `backoff` is exponential. */
export interface RetryPolicyOptions {
  /** Attempts after the first: 1 to 100. */
  maxRetries: number
  /** Seconds before a retry; 60 when absent. */
  delaySeconds?: number
  backoff?: 'fixed' | 'exponential'
  /** The longest pause, in seconds; 3600 when absent. */
  maxDelaySeconds?: number
}

/** A cron schedule with its time zone and what happens when fire times meet or are missed. */
export interface ScheduleOptions {
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: string
  /** IANA name; `UTC` when absent. */
  timezone?: string
  /** When the previous run has not ended: skip the fire time, queue it, or cancel the previous run. */
  overlap?: 'skip' | 'queue' | 'cancel_previous'
  /** After downtime: skip missed fire times, run the latest one, or all. */
  catchUp?: 'none' | 'latest' | 'all'
}

/** How many runs may be running at once. Suspended runs do not count. */
export interface ConcurrencyOptions {
  /** 1 to 1000. */
  limit: number
  /** Path of an input, such as `'input.customerId'`: each of its values has a limit of its own. Without it all runs share one. */
  key?: string
}

/** At most `limit` runs start in any `perSeconds` seconds; further ones wait for their turn. */
export interface RateOptions {
  /** 1 to 1000. */
  limit: number
  /** 0.1 to 86,400. */
  perSeconds: number
  /** Path of an input, such as `'input.tenant'`: each of its values has a rate of its own. */
  key?: string
}

/** A start is delayed; a later one replaces it and restarts the time. */
export interface DebounceOptions {
  /** How long no further start must come before the run begins: 0.1 to 86,400. */
  seconds: number
  /** The run begins this long after the first start at the latest, however many follow. */
  maxSeconds?: number
  /** Path of an input, such as `'input.documentId'`: starts with different values do not replace each other. */
  key?: string
}

/** One live run at a time. */
export interface SingletonOptions {
  /** Path of an input, such as `'input.customerId'`: one live run for each of its values. */
  key?: string
  /** `skip`, when absent: the start is answered with the existing run. `cancel_running`: that one is cancelled. */
  onConflict?: 'skip' | 'cancel_running'
}

/** What the compiler knows of a payload without a description: as much as of parsed JSON. */
type Unchecked = ReturnType<typeof JSON.parse>

/** An event, as the `map` of a workflow gets it. */
export interface StartEvent<T = Unchecked> {
  /** What its emitter called it, else its id in the log. */
  id: string
  name: string
  key: string | null
  payload: T
  /** ISO 8601. */
  emittedAt: string
}

/** Which event starts a workflow. */
export interface StartOnOptions {
  /** The name of the event. */
  event: string
  /**
   * How the input is made: a function of the event that returns it, or null to decline; or paths into the event by
   * parameter, such as `{ orderId: 'payload.id' }`. When absent, the members of the payload that the function has parameters for.
   */
  map?:
    | ((event: StartEvent) => object | null | undefined | Promise<object | null | undefined>)
    | Record<string, string>
}

/** Which event cancels the runs of a workflow. */
export interface CancelOnOptions {
  /** The name of the event. */
  event: string
  /** Fields of the payload, and where in the run's input the same value must stand: `{ orderId: 'input.orderId' }`. When absent, every live run of the workflow is cancelled. */
  match?: Record<string, string>
}

/**
 * All options of a workflow; each may be absent. They are read from the source, without running it, so give literals,
 * constants, or what is made of them.
 */
export interface WorkflowOptions {
  /** The name in the API and the pages; the exported const's name when absent. */
  name?: string
  /** The JSDoc of the const when absent. */
  description?: string
  /** The group on the workflows page; `General` when absent. */
  category?: string
  tags?: string[]
  /** Whether the run form waits for the result; `sync` for endpoints, else `async`. */
  executionMode?: 'sync' | 'async'
  /** Seconds after which the run ends as TIMEOUT: 1800 when absent, 0 = never, at most 86400. */
  timeoutSeconds?: number
  retryPolicy?: RetryPolicyOptions
  /** A cron expression (in UTC), or an object with a time zone and policies. */
  schedule?: string | ScheduleOptions
  /** Columns of the history, when it shows runs of this workflow: a name, and a path or a function. They are found by search. */
  columns?: Record<string, ColumnOption>
  /** An event that starts the workflow. */
  startOn?: StartOnOptions
  /** Events that cancel its runs. */
  cancelOn?: CancelOnOptions | CancelOnOptions[]
  /** How many runs may be running at once, for all or for each value of an input. */
  concurrency?: ConcurrencyOptions
  /** How many runs may start per period. */
  rate?: RateOptions
  /** Many starts in quick succession become one run, with the input of the last. */
  debounce?: DebounceOptions
  /** One live run at a time; not together with `concurrency` or `debounce`. */
  singleton?: boolean | SingletonOptions
  /** A start without an idempotency key gets the value of this input: the same value starts one run, ever. */
  idempotency?: { key: string }
  /** -100 to 100, 0 when absent: runs with a higher one go first within their organization. */
  priority?: number
  /** Gives the workflow an HTTP address of its own. */
  endpointEnabled?: boolean
  /** HTTP methods that the endpoint answers; `["POST"]` when absent. */
  allowedMethods?: ('GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')[]
  /** The endpoint refuses the installation-wide key. */
  disableGlobalKey?: boolean
  /** The endpoint needs no key at all. */
  publicEndpoint?: boolean
  /** Agents may call it. */
  isTool?: boolean
  /** The description for agents; the description of the workflow when absent. */
  toolDescription?: string
  /** Minutes of work that a successful run saves. */
  timeSaved?: number
  /** Money that a successful run is worth. */
  value?: number
}

/** Options of a tool: those of a workflow, with the text that agents read. */
export interface ToolOptions extends Omit<WorkflowOptions, 'isTool' | 'toolDescription'> {
  /** What the tool does and when to use it; agents choose by this text. */
  description: string
}

/** Options of a data provider. */
export interface DataProviderOptions {
  name?: string
  description?: string
  category?: string
  tags?: string[]
  timeoutSeconds?: number
  /** How long its options are kept per organization and inputs; 300 when absent, 0 = never. */
  cacheTtlSeconds?: number
  /** The same as `cacheTtlSeconds`. */
  cacheTtl?: number
}

/**
 * The platform's metadata of an executable. Inside a run it is complete; in a plain import (such as your unit test)
 * it holds the values of the options, and `parameters` is empty, because those come from the types, which only the platform reads.
 */
export interface ExecutableMetadata {
  type: 'workflow' | 'tool' | 'data_provider'
  name: string
  description: string
  category: string
  tags: string[]
  parameters: unknown[]
  [option: string]: unknown
}

/** A function that Bifrost can run; called directly it is the function itself. */
export type Executable<F> = F & { readonly executableMetadata: ExecutableMetadata }

// Parameters are checked by the author's own types; this only says "some function". Those without a type are unchecked,
// as the context and inputs without annotation are.
type AnyFunction = (...args: Unchecked[]) => unknown

/**
 * Makes a function a workflow: a form, an API call and a durable run. Its name is the exported const's, its description
 * the JSDoc, its inputs the function's parameters.
 * @example
 * /** Greets a person. *\/
 * export const greet = workflow(async (name: string, times: Int = 1) => `Hello ${name}. `.repeat(times))
 * @example export const nightly = workflow({ schedule: '0 2 * * *', category: 'Reports' }, async () => { … })
 */
export function workflow<F extends AnyFunction>(fn: F): Executable<F>
export function workflow<F extends AnyFunction>(options: WorkflowOptions, fn: F): Executable<F>
export function workflow<F extends AnyFunction>(first: F | WorkflowOptions, second?: F): Executable<F> {
  const [options, fn] = split<F, WorkflowOptions>(first, second)
  return executable(fn, options?.isTool ? 'tool' : 'workflow', options)
}

/**
 * Makes a function a tool that agents may call: `workflow({ isTool: true, toolDescription: description }, fn)`.
 * @example export const findUser = tool({ description: 'Finds a user by email.' }, async (email: string) => …)
 */
export function tool<F extends AnyFunction>(options: ToolOptions, fn: F): Executable<F> {
  return executable(fn, 'tool', { ...options, isTool: true, toolDescription: options?.description })
}

/**
 * Makes a function a source of choices for forms. It returns `{ label, value, description?, metadata? }[]`, or rows
 * with `id` and `name`. Results are kept for `cacheTtlSeconds` per organization and inputs.
 * @example export const departments = dataProvider(async () => [{ label: 'Engineering', value: 'eng' }])
 */
export function dataProvider<F extends (...args: Unchecked[]) => ProviderRows>(fn: F): Executable<F>
export function dataProvider<F extends (...args: Unchecked[]) => ProviderRows>(
  options: DataProviderOptions,
  fn: F,
): Executable<F>
export function dataProvider<F extends AnyFunction>(
  first: F | DataProviderOptions,
  second?: F,
): Executable<F> {
  const [options, fn] = split<F, DataProviderOptions>(first, second)
  return executable(fn, 'data_provider', options)
}

type Row = ProviderOption | { id: string | number; name: string }
type ProviderRows = readonly Row[] | Promise<readonly Row[]>

function split<F extends AnyFunction, O extends object>(first: F | O, second: F | undefined): [O, F] {
  if (typeof first === 'function') return [{} as O, first as F]
  return [first, second as F]
}

type Options = WorkflowOptions & DataProviderOptions

/** @internal */
export function executable<F extends AnyFunction>(
  given: F,
  type: ExecutableMetadata['type'],
  options: Options,
): Executable<F> {
  // An error here would take the other workflows of the file with it, so it is thrown when this one is called.
  const fn = typeof given === 'function' ? given : (missingFunction as unknown as F)
  const metadata: ExecutableMetadata = {
    ...options,
    type,
    name: options?.name ?? fn.name,
    description: options?.description ?? (type === 'tool' ? options?.toolDescription : undefined) ?? '',
    category: options?.category ?? 'General',
    tags: options?.tags ?? [],
    parameters: [],
  }
  // A wrapper, so that one function may be two workflows without sharing metadata.
  const wrapper = function (this: unknown, ...args: never[]) {
    return fn.apply(this, args)
  }
  Object.defineProperty(wrapper, 'name', { value: fn.name || metadata.name })
  Object.defineProperty(wrapper, 'length', { value: fn.length })
  if (options?.name === undefined) unnamed.add(metadata)
  return Object.assign(wrapper, { executableMetadata: metadata }) as unknown as Executable<F>
}

function missingFunction(): never {
  throw new TypeError('The second argument must be the function to run.')
}

/** Metadata of executables that their options do not name. */
const unnamed = new WeakSet<object>()

/** The exported constant's name is the executable's; the runtime tells it once the module has run. */
export function nameExecutable(value: unknown, name: string): void {
  const metadata = (value as { executableMetadata?: ExecutableMetadata } | null)?.executableMetadata
  if (!metadata) return
  if (unnamed.delete(metadata)) metadata.name = name
  // A function written in the call itself has no name of its own.
  if (typeof value === 'function' && value.name === '') Object.defineProperty(value, 'name', { value: name })
}

/** A JSON value, as results, inputs and step outputs are. */
export type { Json }
