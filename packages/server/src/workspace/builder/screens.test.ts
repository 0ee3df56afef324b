import type { SourceNote } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import type { Bundle } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { isBuildError } from './build-error.ts'
import { bundleFile } from './bundle.ts'
import { bundleScreenRuntime } from './bundle-screen.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const REVIEW = `import { Form, useScreen } from 'bifrost/screen'
import { useState } from 'react'
import { title } from './title.ts'
import './review.css'
export default function Review() {
  const { props } = useScreen<{ id: string }>()
  const [count] = useState(1)
  return <section className="mine">{title(props.id)} {count}<Form /></section>
}
`
const files = (component: string, more: Record<string, string> = {}) => ({
  'orders/approve.ts': `import { screen as ask, workflow } from 'bifrost'
export const approve = workflow(async () => {
  const before = 1
  return ask('review', { component: ${component}, props: { before } })
})
`,
  'orders/screens/review.tsx': REVIEW,
  'orders/screens/title.ts': `export const title = (id: string): string => \`Order \${id}\``,
  'orders/screens/review.css': '.mine { color: red }',
  ...more,
})
const LITERAL = "'./screens/review.tsx'"

async function buildError(building: Promise<Bundle>): Promise<SourceNote> {
  try {
    await building
  } catch (error) {
    if (isBuildError(error)) return error.toNote()
    throw error
  }
  throw new Error('It was built.')
}

const problemOf = (workspace: FixtureWorkspace): SourceNote | null | undefined =>
  new Analyzer(workspace.dir).analyze().find(({ path }) => path === 'orders/approve.ts')?.executables[0]
    ?.error

describe('a React component of a screen', () => {
  test('is bundled with what it imports, without React, and named by its path in the workspace', async () => {
    using workspace = new FixtureWorkspace(files(LITERAL))
    const bundle = await bundleFile(workspace.dir, 'orders/approve.ts')
    expect(bundle.source).toContain('component: "orders/screens/review.tsx"')
    expect(bundle.screens.map(({ path }) => path)).toEqual(['orders/screens/review.tsx'])
    const [screen] = bundle.screens
    expect(screen?.source).toMatch(/Order \$\{id\}/)
    expect(screen?.source).toContain('.mine')
    expect(screen?.source.length).toBeLessThan(10_000)
    expect(bundle.inputs.map(({ path }) => path.slice(workspace.dir.length + 1))).toEqual(
      expect.arrayContaining([
        'orders/screens/review.tsx',
        'orders/screens/title.ts',
        'orders/screens/review.css',
      ]),
    )
    expect(problemOf(workspace)).toBeNull()
  })

  test('is part of the code version: another component is another version', async () => {
    using workspace = new FixtureWorkspace(files(LITERAL))
    const version = async () => (await bundleFile(workspace.dir, 'orders/approve.ts')).version
    const before = await version()
    expect(await version()).toBe(before)
    workspace.write('orders/screens/title.ts', 'export const title = (id: string): string => id')
    expect(await version()).not.toBe(before)
  })

  test('of a helper in another folder is found from that file, and so is one of a graph', async () => {
    using workspace = new FixtureWorkspace({
      'a/main.ts': `import { graph, workflow } from 'bifrost'
import { ask } from '../people/_ask.ts'
export const main = workflow(async () => ask())
export const drawn = graph('drawn').screen('look', { component: './one.tsx' })
`,
      'a/one.tsx': 'export default () => <b>one</b>',
      'people/_ask.ts': `import * as bifrost from 'bifrost'
export const ask = () => bifrost.screen('x', { component: ("../shared/two.tsx" as const) })
`,
      'shared/two.tsx': 'export default () => <b>two</b>',
    })
    const { screens, source } = await bundleFile(workspace.dir, 'a/main.ts')
    expect(screens.map(({ path }) => path)).toEqual(['a/one.tsx', 'shared/two.tsx'])
    expect(source).toContain('"shared/two.tsx"')
  })

  test('other objects with a component are left alone', async () => {
    using workspace = new FixtureWorkspace({
      'a.ts': `import { screen, workflow } from 'bifrost'
const show = (options: { component: string }) => options.component
export const a = workflow(async () => show({ component: './nowhere.tsx' }) + typeof screen)
`,
    })
    expect((await bundleFile(workspace.dir, 'a.ts')).source).toContain('"./nowhere.tsx"')
  })

  test.each([
    ["'./screens/nowhere.tsx'", 'There is no file "./screens/nowhere.tsx"; check its name and folder.'],
    ["'screens/review.tsx'", 'must be a path from this file, such as "./screens/review.tsx"'],
    ["'../../outside.tsx'", 'outside of the workspace'],
    ['process.title', 'must be a text literal'],
  ])('that cannot be found is a problem of the file with its line: %s', async (component, message) => {
    using workspace = new FixtureWorkspace(files(component))
    const place = { path: 'orders/approve.ts', line: 4, column: 37 }
    const problem = { ...place, message: expect.stringContaining(message) }
    expect(await buildError(bundleFile(workspace.dir, 'orders/approve.ts'))).toEqual(problem)
    expect(problemOf(workspace)).toEqual(problem)
  })

  test('that does not parse is a problem of its own file, when it is read and when it is built', async () => {
    using workspace = new FixtureWorkspace(
      files(LITERAL, {
        'orders/screens/review.tsx': 'export default function Review() {\n  return <b>\n}\n',
      }),
    )
    expect(problemOf(workspace)).toMatchObject({
      path: 'orders/screens/review.tsx',
      message: expect.stringContaining('Syntax error'),
    })
    expect(await buildError(bundleFile(workspace.dir, 'orders/approve.ts'))).toMatchObject({
      path: 'orders/screens/review.tsx',
      line: expect.any(Number),
    })
  })

  test.each([
    [
      "import fs from 'node:fs'\nexport default () => <b>{fs.constants.F_OK}</b>",
      1,
      'is part of Node; a screen runs in the browser',
    ],
    [
      "import { config } from 'bifrost'\nexport default () => <b>{String(config)}</b>",
      1,
      'import from "bifrost/screen"',
    ],
    ["\nimport chart from 'charts'\nexport default () => <b>{chart}</b>", 2, '"charts" is not installed'],
    ['export const Review = () => <b>x</b>', null, 'A screen must export its component as default.'],
  ])('that a browser cannot run names the place: %#', async (source, line, message) => {
    using workspace = new FixtureWorkspace(files(LITERAL, { 'orders/screens/review.tsx': source }))
    expect(await buildError(bundleFile(workspace.dir, 'orders/approve.ts'))).toMatchObject({
      path: 'orders/screens/review.tsx',
      line,
      message: expect.stringContaining(message),
    })
  })

  test('a change of the component is a change of the workflow that shows it', () => {
    using workspace = new FixtureWorkspace(files(LITERAL))
    const analyzer = new Analyzer(workspace.dir)
    analyzer.analyze()
    workspace.remove('orders/screens/review.tsx')
    const [file] = analyzer
      .analyze(['orders/screens/review.tsx'])
      .filter(({ path }) => path === 'orders/approve.ts')
    expect(file?.executables[0]?.error?.message).toContain('There is no file')
    workspace.write('orders/screens/review.tsx', REVIEW)
    const [again] = analyzer
      .analyze(['orders/screens/review.tsx'])
      .filter(({ path }) => path === 'orders/approve.ts')
    expect(again?.executables[0]?.error).toBeNull()
  })
})

test('the runtime of frames is one script that holds React', async () => {
  const runtime = await bundleScreenRuntime()
  expect(runtime).toContain('bifrost.screen')
  expect(runtime.length).toBeGreaterThan(100_000)
  expect(runtime.length).toBeLessThan(400_000)
})
