import type { Json } from '@bifrost/contract'

declare const intBrand: unique symbol
/**
 * A whole number. Use it as the type of a parameter to get an integer field; in code it is a `number`.
 * @example export const grant = workflow(async (email: string, seats: Int = 1) => …)
 */
export type Int = number & { readonly [intBrand]?: never }

/**
 * A file that a person uploaded. As the type of a parameter it becomes an upload field; read it with
 * `files.read(ref)` or `files.readBytes(ref)`.
 * @example export const importCsv = workflow(async (csv: FileRef) => (await files.read(csv)).split('\n').length)
 */
export interface FileRef {
  /** Stable id within the organization. */
  readonly id: string
  /** The name that the file had on the person's machine. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** MIME type, such as `text/csv`. */
  readonly contentType: string
}

/** How much work and money one successful run saves; starts with the workflow's `timeSaved` and `value`. */
export interface Roi {
  /** Minutes. */
  timeSaved: number
  /** Money, in the installation's currency. */
  value: number
}

/**
 * What a run knows about itself: its organization, the person who started it, its inputs.
 * A parameter of this type is filled in by the platform and is not an input; `import { context } from "bifrost"` gives
 * the same object anywhere in the call tree.
 * @example export const whoAmI = workflow(async (ctx: ExecutionContext) => ctx.email)
 */
export interface ExecutionContext {
  readonly executionId: string
  /** Null for inline code. */
  readonly workflowId: string | null
  readonly workflowName: string
  readonly orgId: string
  readonly orgName: string
  readonly organization: {
    readonly id: string
    readonly name: string
    /** Names its folder of the workspace; it never changes. */
    readonly slug: string
    /** It runs the installation. */
    readonly isProvider: boolean
    /** The organization above it; null at the top. */
    readonly parent: { readonly id: string; readonly name: string } | null
  }
  /** The person who started the run; null when no person did (a schedule). */
  readonly userId: string | null
  readonly email: string | null
  readonly name: string | null
  readonly isPlatformAdmin: boolean
  /** A person of the provider acted globally when starting it: the run sees and changes what is global. */
  readonly isGlobalScope: boolean
  /** `global`, or the id of the organization. */
  readonly scope: string
  /** Where people reach the platform, without a slash at its end, for links. */
  readonly publicUrl: string
  /** All inputs as they came, also those that no parameter names. */
  readonly parameters: Readonly<Record<string, Json>>
  /** The form that was submitted; null when the run came another way. */
  readonly form: FormContext | null
  /** Adjust it while running, when a run saves more or less than usual. */
  readonly roi: Roi
  /** 1 for the first attempt, 2 for the first retry, and so on. */
  readonly attempt: number
  /** Aborts when the run is cancelled or its time is up; hand it to `fetch` and the like. */
  readonly signal: AbortSignal
  /**
   * Makes all later calls of this run to the platform (config, tables, files, integrations and so on) calls for another
   * organization: its id or short name, or `global`. The context stays that of the run, and so do its durable calls.
   * Fails with `forbidden` where the person who started the run may not act for it, and for code of another organization.
   * Call it outside of steps.
   * @example
   * for (const { id } of await organizations.list()) {
   *   await context.setScope(id)
   *   logger.info(`${id}: ${await config.get('region')}`)
   * }
   */
  setScope(scope: string): Promise<void>
}

/**
 * The form that a run comes from.
 * @example const plan = context.form?.answers.plan
 */
export interface FormContext {
  readonly id: string
  readonly name: string
  /** All that was filled in, also what no parameter names. */
  readonly answers: Readonly<Record<string, Json>>
  /** What the launch workflow of the form answered when it was opened; null without one. */
  readonly startup: Json
}

/** One choice of a data provider. */
export interface ProviderOption {
  label: string
  value: string | number | boolean
  description?: string
  metadata?: Record<string, unknown>
}
