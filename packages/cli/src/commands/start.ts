import type { StartAs } from '@bifrost/server/roles'

/** `bifrost start`, `dev`, `api`, `worker` and `scheduler`: run the platform, or a part of it, until a signal ends it. */
export async function startCommand(options: {
  port?: string
  workspace?: string
  as?: StartAs
  dev: boolean
  launchers: number[]
}): Promise<void> {
  const { run } = await import('@bifrost/server/run')
  await run({
    as: options.as ?? 'start',
    launchers: options.launchers,
    // A developer reads it, also through a pipe to grep or tee.
    forPeople: options.dev,
    env: {
      ...(options.port ? { PORT: options.port } : {}),
      ...(options.workspace ? { BIFROST_WORKSPACE: options.workspace } : {}),
      ...(options.dev && !process.env['LOG_LEVEL'] ? { LOG_LEVEL: 'debug' } : {}),
    },
  })
  await new Promise(() => {})
}
