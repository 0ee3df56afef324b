import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

/** The source of the SDK's one published entry. */
export const sdkEntry = (): string => fileURLToPath(import.meta.resolve('bifrost'))

/**
 * A module that stands for "bifrost" in a bundle: the values come from the child process, so that they know the run.
 * The names are read from the SDK's own export list.
 */
export async function sdkModule(): Promise<string> {
  const path = sdkEntry()
  const parsed = parseSync(path, await readFile(path, 'utf8'), { lang: 'ts', sourceType: 'module' })
  const names = parsed.module.staticExports
    .flatMap((statement) => statement.entries)
    .filter((entry) => !entry.isType && entry.exportName.name)
    .map((entry) => entry.exportName.name!)
  // Marked as pure, so that what the author does not use leaves no trace: the bundle tells which calls it makes.
  const lines = names.map(
    (name) => `export const ${name} = /* @__PURE__ */ bifrostSdk(${JSON.stringify(name)});`,
  )
  return `const bifrostSdk = (name) => globalThis[Symbol.for('bifrost.sdk')][name];\n${lines.join('\n')}\n`
}
