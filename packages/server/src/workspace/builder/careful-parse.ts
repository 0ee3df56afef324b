import ts from 'typescript'

/** Of the compiler's own functions; the checker calls it for each file before it looks at any. */
const { bindSourceFile } = ts as unknown as {
  bindSourceFile?: (file: ts.SourceFile, options: ts.CompilerOptions) => void
}

/** What is left for later callers: those stand deeper than this. */
const FRAMES_KEPT = 2_500

/**
 * Parses and binds a file with less of the stack than the checker will have; null when it is nested too deeply for
 * that. A file that overflows the stack later, among all others, would be the end of them all.
 */
export function parseCarefully(
  parse: () => ts.SourceFile,
  options: ts.CompilerOptions,
): ts.SourceFile | null {
  try {
    return deeper(FRAMES_KEPT, () => {
      const file = parse()
      bindSourceFile?.(file, options)
      return file
    })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function deeper<T>(frames: number, work: () => T): T {
  if (frames === 0) return work()
  const result = deeper(frames - 1, work)
  return result
}
