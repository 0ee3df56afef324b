import { z } from 'zod'

/** What a workflow is written in. */
export const Language = z.enum(['typescript', 'python'])
export type Language = z.infer<typeof Language>

/**
 * The language of a file of the workspace, or of inline code, by how its path ends.
 *
 * @example languageOf('billing/close.py') // 'python'
 */
export const languageOf = (path: string): Language => (path.endsWith('.py') ? 'python' : 'typescript')
