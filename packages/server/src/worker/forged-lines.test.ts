import { expect, test } from 'vitest'
import { useServer } from '../testing/server.ts'

// Code that speaks for itself on its channel can say anything; it ends its own process, never the server.

const server = useServer({
  files: {
    'forges.ts': `import { writeSync } from 'node:fs'
import v8 from 'node:v8'
import { workflow } from 'bifrost'
export const forges = workflow(async (line: string, fd: number) => {
  writeSync(fd, line + '\\n')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
export const flags = workflow(async () => {
  try { v8.setFlagsFromString('--trace-turbo-path=/tmp') } catch (error) { return String((error as Error).message) }
  return 'set'
})
`,
    'fine.ts': `import { workflow } from 'bifrost'
export const fine = workflow(async () => 'fine')
`,
  },
})

test.each(
  [3, 4].flatMap((fd) =>
    ['[null]', '[1]', '[[]]', '["begun"]', '[{"type":"begun"}]', '[true,null]'].map(
      (line) => [line, fd] as const,
    ),
  ),
)('%s on descriptor %d ends the process that said it, and nothing else', async (line, fd) => {
  const { status } = await server().execute('forges', { line, fd })
  expect(status).toBe('FAILED')
  expect((await server().execute('fine')).result).toBe('fine')
})

test('code cannot change the flags of its process, some of which write files', async () => {
  expect((await server().execute('flags')).result).toBe('Workflows cannot change the flags of their process.')
})
