import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A workspace in a temporary folder, for tests. */
export class FixtureWorkspace {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'workspace-')))

  constructor(files: Record<string, string> = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  write(path: string, text: string | Buffer): void {
    const file = join(this.dir, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  remove(path = ''): void {
    rmSync(join(this.dir, path), { recursive: true, force: true })
  }

  [Symbol.dispose](): void {
    this.remove()
  }
}
