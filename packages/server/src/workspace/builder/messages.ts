import type { SourceNote } from '@bifrost/contract'
import type { AnalysedFile, Bundle } from '../types.ts'

/** What the server asks of a builder process, and what it answers. Both are ours, so nothing is validated here. */
export interface BuilderCalls {
  analyse: { args: [changed: string[] | undefined]; answer: AnalysedFile[] }
  preview: { args: [path: string, text: string]; answer: AnalysedFile }
  typeErrors: { args: []; answer: SourceNote[] }
  bundle: { args: [path: string]; answer: Bundle }
  screenRuntime: { args: []; answer: string }
  bundleCode: { args: [code: string]; answer: Bundle }
}
export type BuilderCall = keyof BuilderCalls

export interface BuilderRequest<C extends BuilderCall = BuilderCall> {
  id: number
  call: C
  args: BuilderCalls[C]['args']
}

export type BuilderAnswer =
  | { id: number; ok: true; value: unknown }
  /** `note`: the author must mend something. Without it the builder itself failed. */
  | { id: number; ok: false; message: string; note: SourceNote | null }
