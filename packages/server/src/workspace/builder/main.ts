import { isBuildError } from './build-error.ts'
import type { BuilderAnswer, BuilderCall, BuilderCalls, BuilderRequest } from './messages.ts'
import { toServer } from './progress.ts'
import { isPython } from './source-files.ts'

// The builder process. TypeScript and esbuild are imported on first use: a bundle does not pay for the checker.

const [, , workspaceDir, slug = ''] = process.argv
const owner = slug === '' ? null : slug
if (!workspaceDir || !process.send) {
  process.stderr.write('This program is started by the server, with a workspace folder.\n')
  process.exit(64)
}

type Handlers = {
  [C in BuilderCall]: (...args: BuilderCalls[C]['args']) => Promise<BuilderCalls[C]['answer']>
}

const analysis = once(async () => {
  const { Analysis } = await import('./analysis.ts')
  return new Analysis(workspaceDir, owner, toServer)
})

const handlers: Handlers = {
  analyze: async (changed, refused) => (await analysis()).analyze(changed ?? undefined, refused),
  preview: async (path, text, refused) => (await analysis()).preview(path, text, refused),
  typeErrors: async (refused) => (await analysis()).typeErrors(refused),
  bundle: async (path) =>
    isPython(path)
      ? (await import('./python/bundle.ts')).bundlePython(workspaceDir, path, toServer)
      : (await import('./bundle.ts')).bundleFile(workspaceDir, path, toServer),
  screenRuntime: async () => (await import('./bundle-screen.ts')).bundleScreenRuntime(),
  bundleCode: async (code, language) =>
    language === 'python'
      ? (await import('./python/bundle.ts')).bundlePythonCode(workspaceDir, owner, code, toServer)
      : (await import('./bundle.ts')).bundleCode(workspaceDir, code, toServer),
}

process.on('message', (request: BuilderRequest) => void answer(request))
// The server is gone, and no other process will end this one.
process.on('disconnect', () => process.exit(0))

async function answer({ id, call, args }: BuilderRequest): Promise<void> {
  const handler = handlers[call] as (...args: unknown[]) => Promise<unknown>
  try {
    send({ id, ok: true, value: await handler(...args) })
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    send({ id, ok: false, message, note: isBuildError(error) ? error.toNote() : null })
  }
}

function send(answer: BuilderAnswer): void {
  process.send?.(answer)
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
