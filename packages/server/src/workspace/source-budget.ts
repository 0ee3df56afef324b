import { limits } from '@bifrost/contract'

/** How much of an owner's folder is read. What one owner has never counts for another. */
export interface SourceBudget {
  filesMax: number
  bytesMax: number
  depthMax: number
  entriesMax: number
}

/** TypeScript and Python, in which workflows are looked for, and what they import. */
export const isSource = (path: string): boolean => /\.(ts|mts|tsx|py)$/.test(path)

/** `owner`: an organization by its slug; null: the files that belong to none. */
export const sourceBudget = (owner: string | null): SourceBudget => ({
  filesMax: owner === null ? limits.globalSourceFilesMax : limits.sourceFilesMax,
  bytesMax: owner === null ? limits.globalSourceBytesMax : limits.sourceBytesMax,
  depthMax: limits.sourceFolderDepthMax,
  entriesMax: limits.sourceEntriesMax,
})
