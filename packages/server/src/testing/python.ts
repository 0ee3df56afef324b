import { findPython } from '../worker/runtimes/find-python.ts'

/** The Python that a server on this machine uses; null where there is none, and then it is printed what is left out. */
export async function pythonFor(what: string): Promise<string | null> {
  const found = await findPython(process.env['BIFROST_PYTHON'] ?? null)
  if (!('problem' in found)) return found.program
  console.warn(`${what} is left out: ${found.problem}`)
  return null
}
