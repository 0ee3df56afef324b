import { isBuildError } from './build-error.ts'
import type { BuilderAnswer, BuilderCall, BuilderCalls, BuilderRequest } from './messages.ts'

// The builder process. TypeScript and esbuild are imported on first use: a bundle does not pay for the checker.

const workspaceDir = process.argv[2]
if (!workspaceDir || !process.send) {
  process.stderr.write('This program is started by the server, with a workspace folder.\n')
  process.exit(64)
}

type Handlers = {
  [C in BuilderCall]: (...args: BuilderCalls[C]['args']) => Promise<BuilderCalls[C]['answer']>
}

const analyser = once(async () => (await import('./analyser.ts')).createAnalyser(workspaceDir))

const handlers: Handlers = {
  analyse: async (changed) => (await analyser()).analyse(changed),
  preview: async (path, text) => (await analyser()).preview(path, text),
  typeErrors: async () => (await analyser()).typeErrors(),
  bundle: async (path) => (await import('./bundle.ts')).bundleFile(workspaceDir, path),
  screenRuntime: async () => (await import('./bundle-screen.ts')).bundleScreenRuntime(),
  bundleCode: async (code) => (await import('./bundle.ts')).bundleCode(workspaceDir, code),
}

process.on('message', (request: BuilderRequest) => void answer(request))
// The server is gone, and nobody else will end this process.
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
