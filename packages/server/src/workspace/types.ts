import type {
  CallArgument,
  CancelOn,
  FlowControl,
  GraphNode,
  Parameter,
  RetryPolicy,
  ScheduleOption,
  SourceNote,
  StartOn,
  WorkflowType,
} from '@bifrost/contract'

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
}

/** What analysis says of one workspace file. Paths are relative to the workspace, with forward slashes. */
export interface AnalysedFile {
  path: string
  /** The file could not be read: syntax, size, encoding. Then it has no executables. */
  error: SourceNote | null
  executables: Executable[]
}

/** A file that the bundle was made of, to tell whether it is still fresh. */
export interface BundleInput {
  /** Absolute. */
  path: string
  mtimeMs: number
  size: number
}

/** The code that a child loads: one self-contained ES module with an inline source map. */
export interface Bundle {
  /** Content hash; the code version. */
  version: string
  source: string
  /** The React components that its screens show. */
  screens: ScreenBundle[]
  inputs: BundleInput[]
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
  /** Reads these files (all when absent) and whatever depends on them. Never throws for what an author wrote. */
  analyse(changed?: string[]): Promise<AnalysedFile[]>
  /** What a file would say if it had this text. */
  preview(path: string, text: string): Promise<AnalysedFile>
  /** Type errors of the files that define workflows, for `bifrost check`. */
  typeErrors(): Promise<SourceNote[]>
  /** Bundles what a file exports; rejects with a BuildError for what the author must mend. */
  bundle(path: string): Promise<Bundle>
  /** Bundles inline code: the body of an async function of `input`, exported as `run`. */
  bundleCode(code: string): Promise<Bundle>
  /** The script that every frame of a screen begins with. */
  screenRuntime(): Promise<string>
  stop(): Promise<void>
}
