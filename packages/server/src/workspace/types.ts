import type {
  CallArgument,
  CancelOn,
  FlowControl,
  GraphNode,
  Language,
  Parameter,
  RetryPolicy,
  ScheduleOption,
  SourceNote,
  StartOn,
  WorkflowType,
} from '@bifrost/contract'
import type { KnownHarm } from './quarantine.ts'

/** One workflow, tool or data provider as static analysis of its file found it. */
export interface Executable {
  exportName: string
  type: WorkflowType
  name: string
  description: string
  category: string
  tags: string[]
  parameters: Parameter[]
  /** How the function wants its arguments. */
  arguments: CallArgument[]
  executionMode: 'sync' | 'async'
  timeoutSeconds: number
  retryPolicy: RetryPolicy | null
  schedule: ScheduleOption | null
  /** Null when no option of flow control is given. */
  flowControl: FlowControl | null
  /** Names of its display columns. */
  columns: string[]
  startOn: StartOn | null
  cancelOn: CancelOn[]
  endpointEnabled: boolean
  allowedMethods: string[]
  disableGlobalKey: boolean
  publicEndpoint: boolean
  toolDescription: string | null
  timeSaved: number
  value: number
  /** Of a data provider: how long its options may be kept; 0 = never. */
  cacheTtlSeconds: number | null
  /** The outline of a step graph; null for a function. */
  graph: GraphNode[] | null
  /** Line of the declaration, from 1. */
  line: number
  /** An option that makes it unusable, such as a retry policy that can do nothing. */
  error: SourceNote | null
  /** Unknown options, types that became JSON, and the like. */
  warnings: SourceNote[]
  /** It is certain that it makes no durable call, whatever else its file does. */
  neverDurable?: boolean
}

/** What analysis says of one workspace file. Paths are relative to the workspace, with forward slashes. */
export interface AnalyzedFile {
  path: string
  /** The file could not be read: syntax, size, encoding. Then it has no executables. */
  error: SourceNote | null
  executables: Executable[]
  /** Of an organization's file: the files of no organization that it uses, directly or not. */
  uses?: string[]
}

/** A file that the bundle was made of, to tell whether it is still fresh. */
export interface BundleInput {
  /** Absolute. */
  path: string
  mtimeMs: number
  /** -1: nothing lies there, and the bundle would be another one if something did. */
  size: number
  /** The file that imports it, as the author knows it; absent when nothing in particular does. */
  importer?: string
}

/** The code that a child loads. */
export interface Bundle {
  /** Content hash; the code version. */
  version: string
  /**
   * One self-contained ES module with an inline source map; of Python, JSON that begins with `{"language":"python"` and
   * has the `files` of the workspace that `entry` imports, with itself, and whether they make `durable` calls.
   */
  source: string
  /** The React components that its screens show. */
  screens: ScreenBundle[]
  inputs: BundleInput[]
  /** The author's own source files, by their path within the workspace, as they were read; those that fit. */
  sources: Record<string, string>
}

/** A React component of the workspace as one script for the frame that shows it. */
export interface ScreenBundle {
  /** Path of the component within the workspace. */
  path: string
  source: string
}

/**
 * The process beside the server that reads the author's files: TypeScript's checker and the bundler are heavy, so it
 * starts when there is something to read and ends when idle.
 */
export interface Builder {
  /**
   * Reads the files of an owner (an organization by its slug; null: everybody's): all of them, or those of `changed` and
   * what depends on these. Changed files of everybody's may be among them: what depends on them is answered. Files of
   * other owners never are. Never rejects for what an author wrote: such a file has an `error`.
   */
  analyze(owner: string | null, changed?: string[]): Promise<AnalyzedFile[]>
  /** What a file would say if it had this text. */
  preview(path: string, text: string): Promise<AnalyzedFile>
  /** Type errors of the owner's files that define workflows, for `bifrost check`. */
  typeErrors(owner: string | null): Promise<SourceNote[]>
  /** Bundles what a file exports; rejects with a BuildError for what the author must fix. */
  bundle(path: string): Promise<Bundle>
  /** Bundles inline code for an owner: in TypeScript the body of an async function of `input`, exported as `run`. */
  bundleCode(owner: string | null, code: string, language?: Language): Promise<Bundle>
  /** What of the owner's files was put aside because it ended a process, for the next start of the server. */
  knownHarm(owner: string | null): KnownHarm
  /** Puts aside what an earlier start of the server had put aside, unless it has changed. */
  recallHarm(owner: string | null, harm: KnownHarm): void
  /** The script that every frame of a screen begins with. */
  screenRuntime(): Promise<string>
  stop(): Promise<void>
}
