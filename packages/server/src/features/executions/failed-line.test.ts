import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const file = (body: string) => `import { workflow } from 'bifrost'
import { total } from './_lib/total.ts'
export const charge = workflow(async () => {
  ${body}
})
export const helped = workflow(async () => total())
`
const helper = (body: string) => `export function total(): number {\n  ${body}\n}\n`

const server = useServer({
  files: {
    'charge.ts': file("throw new Error('no card')"),
    '_lib/total.ts': helper("throw new Error('empty')"),
  },
})

const failed = async (id: string) => (await server().ended(id)).error?.source

test('the line that failed is that of the code that ran, also after the file was corrected, shortened or deleted', async () => {
  const own = await server().execute('charge')
  const inHelper = await server().execute('helped')
  const ownLine = { path: 'charge.ts', line: 4, text: "  throw new Error('no card')" }
  const helperLine = { path: '_lib/total.ts', line: 2, text: "  throw new Error('empty')" }
  expect(await failed(own.execution_id)).toMatchObject(ownLine)
  expect(await failed(inHelper.execution_id)).toMatchObject(helperLine)

  server().write('charge.ts', file("return 'charged'"))
  server().write('_lib/total.ts', helper('return 1'))
  expect((await server().execute('charge')).result).toBe('charged')
  expect((await server().execute('helped')).result).toBe(1)
  expect(await failed(own.execution_id)).toMatchObject(ownLine)
  expect(await failed(inHelper.execution_id)).toMatchObject(helperLine)

  server().write(
    'charge.ts',
    "import { workflow } from 'bifrost'\nexport const charge = workflow(async () => 2)\n",
  )
  server().remove('_lib/total.ts')
  expect((await server().execute('charge')).result).toBe(2)
  expect(await failed(own.execution_id)).toMatchObject(ownLine)
  expect(await failed(inHelper.execution_id)).toMatchObject(helperLine)
})

test('where the code that ran is not kept, no line is shown instead of one of another version', async () => {
  server().write('charge.ts', file("throw new Error('again')"))
  server().write('_lib/total.ts', helper('return 1'))
  const { execution_id: id } = await server().execute('charge')
  const { code_version: version } = await server().ended(id)
  await server().db.query('update code_versions set sources = null where version = $1', [version])
  expect(await failed(id)).toMatchObject({ path: 'charge.ts', line: 4, text: null })
})

test('inline code shows its own line, never that of a file of its name', async () => {
  server().write('code.ts', '// 1\n// 2\n// a file of the workspace\n')
  const { execution_id: id } = await server().api(routes.executeCode, {
    body: { code: "const a = 1\nconst b = a\nthrow new Error('inline' + b)" },
  })
  expect(await failed(id)).toMatchObject({ path: 'code.ts', line: 3, text: "throw new Error('inline' + b)" })
})
