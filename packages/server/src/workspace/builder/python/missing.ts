import type { SourceNote } from '@bifrost/contract'
import { noteIn } from './executables.ts'
import type { Installed } from './installed.ts'
import type { Module, Modules } from './modules.ts'
import { isSdk } from './names.ts'

const NOTES_MAX = 10

/** What a file and those that it imports ask for, and nothing has. It fails when it is run, and until then it is listed. */
export function missingModules(
  module: Module,
  reached: ReadonlySet<string>,
  modules: Modules,
  installed: Installed,
): { notes: SourceNote[]; candidates: string[] } {
  const notes: SourceNote[] = []
  const candidates = new Set<string>()
  const told = new Set<string>()
  for (const path of [module.path, ...reached]) {
    const importer = modules.module(path)
    for (const one of importer?.imports ?? []) {
      if (one.level === 0 && isSdk(one.module)) continue
      const { lost, candidates: places, module: found } = modules.paths.resolve(one, path)
      if (lost !== 'missing') continue
      for (const place of places) candidates.add(place)
      const isOwn = one.level > 0 || found !== null || isBelowOwn(one.module, modules)
      if (one.isOptional || (!isOwn && installed.has(one.module))) continue
      const name = '.'.repeat(one.level) + one.module
      if (told.has(name) || notes.length >= NOTES_MAX || !importer) continue
      told.add(name)
      notes.push(noteIn(importer, missingText(name, isOwn), one.at))
    }
  }
  return { notes, candidates: [...candidates] }
}

/** `modules.gone` of a folder `modules`. */
const isBelowOwn = (module: string, modules: Modules): boolean =>
  module.includes('.') &&
  modules.paths.resolve({ module: module.split('.')[0] as string, level: 0, names: null }, 'x.py').lost ===
    null

const missingText = (name: string, isOwn: boolean): string =>
  isOwn
    ? `The workspace has no module "${name}", or not all that is imported from it. A run fails when it comes to this import.`
    : `The module "${name}" is not in the workspace, and requirements.txt does not list it. A run fails when it comes to this import, unless it is installed.`
