import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer({
  config: { publicUrl: 'https://bifrost.contoso.example' },
  files: {
    'where.ts': `import { context, workflow } from 'bifrost'
export const where = workflow(async () => context.publicUrl)
`,
  },
})

test('a run knows where people reach the platform', async () => {
  expect((await server().execute('where')).result).toBe('https://bifrost.contoso.example')
})
