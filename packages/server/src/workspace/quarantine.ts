import { createHash } from 'node:crypto'
import { join, normalize } from 'node:path'
import { limits } from '@bifrost/contract'
import { mayUseFile, ownerSlug } from '../platform/file-owner.ts'
import type { Refusal } from './builder/messages.ts'
import type { EndReason } from './builder-process.ts'
import { stampOf } from './stamps.ts'

interface Held {
  owner: string | null
  message: string
  /** The files that it is about, as they were. */
  stamps: Map<string, string | null>
}

/** What was put aside of one owner, as it is kept for the next start of the server. */
export interface KnownHarm {
  refused: [path: string, message: string, stamps: [path: string, stamp: string | null][]][]
  held: [key: string, message: string, stamps: [path: string, stamp: string | null][]][]
}

/** So many failed bundles of one owner are kept for the next start. */
const KEPT_MAX = 200
/** More are forgotten at once, and tried again. */
const HELD_MAX = 20_000
/** Files whose change makes a failed bundle be tried again. */
const STAMPS_MAX = 500

/**
 * What ended the process that worked on it, until it changes: it is not tried again, so that an organization pays for
 * its file once and the others never.
 */
export class Quarantine {
  readonly #root: string
  /** By what was done, for which owner, with which file. */
  readonly #held = new Map<string, Held>()
  readonly #refused = new Map<string | null, Map<string, Held>>()

  constructor(workspaceDir: string) {
    this.#root = workspaceDir
  }

  /** Whether a path that a process named is one that its owner can have given it. */
  isPlausible(owner: string | null, path: string): boolean {
    const isWithin = !path.startsWith('/') && normalize(path) === path && !path.startsWith('..')
    return isWithin && mayUseFile(owner, ownerSlug(path))
  }

  /** From now on analysis takes this file as empty. */
  refuse(owner: string | null, path: string, message: string): void {
    const files = this.#refused.get(owner) ?? new Map<string, Held>()
    if (files.size >= limits.sourceFilesMax) files.clear()
    files.set(path, { owner, message, stamps: this.#stampsOf([path]) })
    this.#refused.set(owner, files)
  }

  /** The owner's files that are as harmful as they were. */
  refusals(owner: string | null): Refusal[] {
    const files = this.#refused.get(owner) ?? new Map<string, Held>()
    for (const [path, held] of files) if (!this.#isSame(held)) files.delete(path)
    return [...files].map(([path, { message }]) => ({ path, message }))
  }

  /** Remembers why something of this owner failed, as long as these files stay as they are. */
  hold(owner: string | null, key: string, message: string, files: Iterable<string>): void {
    if (this.#held.size >= HELD_MAX) this.#held.clear()
    this.#held.set(key, { owner, message, stamps: this.#stampsOf(files) })
  }

  held(key: string): string | null {
    const held = this.#held.get(key)
    if (!held) return null
    if (this.#isSame(held)) return held.message
    this.#held.delete(key)
    return null
  }

  /** For `recall`, after the next start of the server. What is about no file of the workspace is not worth keeping. */
  known(owner: string | null): KnownHarm {
    const held = [...this.#held].filter(([, one]) => one.owner === owner && one.stamps.size > 0)
    return {
      refused: [...(this.#refused.get(owner) ?? [])].map(stored),
      held: held.slice(-KEPT_MAX).map(stored),
    }
  }

  /** What an earlier start of the server had put aside; what has changed since is tried again. */
  recall(owner: string | null, { refused, held }: KnownHarm): void {
    const files = this.#refused.get(owner) ?? new Map<string, Held>()
    for (const [path, message, stamps] of refused)
      files.set(path, { owner, message, stamps: new Map(stamps) })
    this.#refused.set(owner, files)
    for (const [key, message, stamps] of held)
      this.#held.set(key, { owner, message, stamps: new Map(stamps) })
  }

  #stampsOf(paths: Iterable<string>): Held['stamps'] {
    const stamps: Held['stamps'] = new Map()
    for (const path of paths) if (stamps.size < STAMPS_MAX) stamps.set(path, stampOf(join(this.#root, path)))
    return stamps
  }

  #isSame({ stamps }: Held): boolean {
    return [...stamps].every(([path, stamp]) => stampOf(join(this.#root, path)) === stamp)
  }
}

const stored = ([key, { message, stamps }]: [string, Held]): KnownHarm['held'][number] => [
  key,
  message,
  [...stamps],
]

/** Names a text by its content. */
export const keyOf = (...parts: (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64')

/** What to tell the author of a file that ended the process which worked on it. */
export function harmText(reason: EndReason): string {
  if (reason === 'memory')
    return `This file could not be read: it needs more than ${limits.builderMemoryBytesMax / 1024 ** 3} GB of memory. Make it or its types smaller.`
  if (reason === 'file-time' || reason === 'time')
    return `This file could not be read: it takes longer than ${limits.buildFileTimeMs / 1000} s. Make its types simpler, or split it up.`
  return 'This file could not be read: the process that read it crashed. It may be nested too deeply; split it up.'
}

/** What to tell of the files that were not reached any more. */
export const UNREAD_TEXT = `This file was not read: the files of its owner took longer than ${limits.buildAnalysisTimeMs / 1000} s together. Fix the ones that are slow, then save this one again.`

export const BUNDLE_HARM: Record<EndReason, string> = {
  memory: `The code could not be built: it needs more than ${limits.builderMemoryBytesMax / 1024 ** 3} GB of memory. Import less of it.`,
  time: `The code could not be built: it takes longer than ${limits.buildBundleTimeMs / 1000} s. Import less of it, or split it up.`,
  'file-time': `The code could not be built: it takes longer than ${limits.buildFileTimeMs / 1000} s for one file. Split it up.`,
  crash:
    'The code could not be built: the process that built it crashed. A file may be nested too deeply; split it up.',
  stopped: 'The code could not be built: the server is stopping.',
}
