import type { Language, SourceNote } from '@bifrost/contract'
import type { AnalyzedFile, Bundle } from '../types.ts'

/** A file that was tried and harmed the process that read it: it is taken as empty, and the note is its answer. */
export interface Refusal {
  path: string
  message: string
}

/** What the server asks of a builder process, and what it answers. */
export interface BuilderCalls {
  analyze: { args: [changed: string[] | null, refused: Refusal[]]; answer: AnalyzedFile[] }
  preview: { args: [path: string, text: string, refused: Refusal[]]; answer: AnalyzedFile }
  typeErrors: { args: [refused: Refusal[]]; answer: SourceNote[] }
  bundle: { args: [path: string]; answer: Bundle }
  screenRuntime: { args: []; answer: string }
  bundleCode: { args: [code: string, language: Language]; answer: Bundle }
}
export type BuilderCall = keyof BuilderCalls

export interface BuilderRequest<C extends BuilderCall = BuilderCall> {
  id: number
  call: C
  args: BuilderCalls[C]['args']
}

export type BuilderAnswer =
  | { id: number; ok: true; value: unknown }
  /** `note`: the author must fix something. Without it the builder itself failed. */
  | { id: number; ok: false; message: string; note: SourceNote | null }

/** Descriptor on which a builder process says, line by line, which file it is about to work on. */
export const PROGRESS_FD = 4
