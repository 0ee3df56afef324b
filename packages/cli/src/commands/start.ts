/** `bifrost start` and `bifrost dev`: run the platform in this process until a signal ends it. */
export async function startCommand(options: {
  port?: string
  workspace?: string
  dev: boolean
  launchers: number[]
}): Promise<void> {
  const { run } = await import('@bifrost/server/run')
  await run({
    launchers: options.launchers,
    env: {
      ...(options.port ? { PORT: options.port } : {}),
      ...(options.workspace ? { BIFROST_WORKSPACE: options.workspace } : {}),
      ...(options.dev && !process.env['LOG_LEVEL'] ? { LOG_LEVEL: 'debug' } : {}),
    },
  })
  await new Promise(() => {})
}
