import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Execution, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { pythonFor } from '../packages/server/src/testing/python.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'
import { comparable, nameOf, type Snippet, snippetsOf } from './snippets.ts'

// Every code block of the documentation is run or type-checked here. One that cannot be says so in its fence:
//   ```ts file=a/b.ts run='{…}' expect=FAILED   a file of the workspace; run with this input
//   ```ts                                       a fragment; type-checked as a module of the workspace
//   ```tsx file=a/b.tsx                          a React component of a screen
//   ```python file=a/b.py run='{…}'             the same in Python, where there is one
//   ```bash run                                 executed; $EXECUTION_ID is the run that the page began last
//   ```json result | ```json error              what the block before it answered
//   ```… no-run="reason"                        shown only, and counted

/** A command starts a Node of its own, which takes its time when everything else runs as well. */
const COMMAND_TIMEOUT_MS = 120_000
/** More is a decision: each one is a statement that no test checks. */
const SHOWN_ONLY = 10

const pages = [
  ...readdirSync(join(CHECKOUT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
]
const snippets = pages.flatMap((page) => snippetsOf(page, readFileSync(join(CHECKOUT, page), 'utf8')))
const isShownOnly = (snippet: Snippet) => snippet.attributes.has('no-run')

// Before the server starts, the files of the pages lie in the workspace, as a reader would have put them there.
const workspaceDir = copyOfExamples()
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(workspaceDir, path)), { recursive: true })
  writeFileSync(join(workspaceDir, path), text)
}
snippets.forEach((snippet, index) => {
  const file = snippet.attributes.get('file')
  if (snippet.language === 'python' && file) write(file, snippet.text)
  if (!/^tsx?$/.test(snippet.language) || isShownOnly(snippet)) return
  // A fragment may throw or return at its end; as a module it only has to make sense.
  write(file ?? `_fragments/${index}.ts`, `${snippet.text}export {}\n`)
})
const server = useServer({ config: { workspaceDir } })

test('every block is run, checked, or says why not', () => {
  const known = snippets.filter(({ language, flags, attributes }) => {
    if (attributes.has('no-run')) return (attributes.get('no-run') ?? '').length > 10
    if (language === 'tsx' || language === 'python') return attributes.has('file')
    if (language === 'ts' || language === 'text') return true
    if (language === 'bash') return flags.has('run')
    return language === 'json' && (flags.has('result') || flags.has('error'))
  })
  expect(snippets.filter((snippet) => !known.includes(snippet)).map(nameOf)).toEqual([])
  expect(snippets.filter(isShownOnly).map(nameOf)).toHaveLength(SHOWN_ONLY)
})

test('links between the pages lead somewhere', () => {
  const broken: string[] = []
  for (const page of pages)
    for (const [, target = ''] of readFileSync(join(CHECKOUT, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)\s]+)\)/g,
    )) {
      const [path = '', anchor] = target.split('#')
      const file = path ? join(CHECKOUT, dirname(page), path) : join(CHECKOUT, page)
      if (!anchorsOf(file).some((one) => anchor === undefined || one === anchor))
        broken.push(`${page}: ${target}`)
    }
  expect(broken).toEqual([])
})

test(
  'the TypeScript of the pages has no type errors',
  async () => {
    const tsc = join(CHECKOUT, 'node_modules/typescript7/bin/tsc')
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', workspaceDir]).catch(
      (error) => error,
    )
    expect(stdout).toBe('')
  },
  COMMAND_TIMEOUT_MS,
)

test('the platform reads the files of the pages without problems or warnings', async () => {
  const { items, problems } = await server().api(routes.listWorkflows, { query: {} })
  expect(problems).toEqual([])
  expect(items.flatMap(({ name, warnings }) => warnings.map((note) => `${name}: ${note.message}`))).toEqual(
    [],
  )
})

const python = await pythonFor('Running the Python of the pages')
/** What follows a block that is not run is not there. */
const isLeftOut = ({ page }: Snippet) => python === null && page === 'docs/python.md'
const runnable = snippets.filter(
  (snippet) =>
    !isShownOnly(snippet) &&
    !isLeftOut(snippet) &&
    ['run', 'result', 'error', 'stream'].some(
      (word) => snippet.flags.has(word) || snippet.attributes.has(word),
    ),
)

describe.each([...new Set(runnable.map(({ page }) => page))])('%s', (page) => {
  const own = runnable.filter((snippet) => snippet.page === page)
  /** What the block before gave, for the answer below it. */
  let last: { result: unknown; error: unknown } = { result: undefined, error: undefined }
  let executionId = ''

  for (const [index, snippet] of own.entries()) {
    const { language, flags, attributes, text, line } = snippet
    if ((language === 'ts' || language === 'python') && attributes.has('run'))
      test(`the workflow of line ${line} runs`, async () => {
        const { execution, status } = await runFile(snippet)
        expect(execution).toMatchObject({ status })
        executionId = execution.id
        last = { result: execution.result, error: execution.error }
      })
    else if (language === 'bash')
      test(
        `the command of line ${line} works`,
        async () => {
          const output = await runShell(text, executionId)
          last = { result: parsed(output), error: undefined }
          const answer = last.result as { execution_id?: string; error?: unknown } | null
          // A refusal is not an error for curl, and would go unseen unless the page shows it.
          if (own[index + 1]?.language !== 'json') expect(answer?.error).toBeUndefined()
          // A command about that run may start others of it; the page still speaks of the same.
          if (!text.includes('$EXECUTION_ID')) executionId = answer?.execution_id ?? executionId
        },
        COMMAND_TIMEOUT_MS,
      )
    else if (language === 'json')
      test(`the answer of line ${line} is what one gets`, () => {
        const expected = comparable(JSON.parse(text))
        if (flags.has('error')) expect(comparable(last.error)).toMatchObject(expected as object)
        else expect(comparable(last.result)).toEqual(expected)
      })
    else if (language === 'text' && flags.has('stream'))
      test(`the stream of line ${line} is what one gets`, () => {
        expect(comparable(last.result)).toContain(comparable(text.trim()))
      })
  }
})

async function runFile({ attributes }: Snippet): Promise<{ execution: Execution; status: string }> {
  const { items } = await server().api(routes.listWorkflows, { query: { limit: 200 } })
  const workflow = items.find(({ path }) => path === attributes.get('file'))
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: workflow?.id ?? '' },
    body: { input: JSON.parse(attributes.get('run') ?? '{}') },
  })
  const status = attributes.get('expect') ?? 'SUCCESS'
  const waiting = async () => {
    const run = await server().api(routes.getExecution, { params: { id } })
    return run.status === status ? run : null
  }
  return {
    execution: status === 'SUSPENDED' ? await until('it waits', waiting) : await server().ended(id),
    status,
  }
}

async function runShell(text: string, executionId: string): Promise<string> {
  const { admin, url } = server()
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${join(CHECKOUT, 'node_modules/.bin')}:${process.env['PATH']}`,
    BIFROST_URL: url,
    BIFROST_API_KEY: admin.apiKey,
    EXECUTION_ID: executionId,
  }
  // npx finds the same file; asking it costs a second each time.
  const bifrost = `${process.execPath} ${join(CHECKOUT, 'packages/cli/bin/bifrost.mjs')}`
  const command = text.replaceAll('http://localhost:3000', url).replaceAll('npx bifrost', bifrost)
  const { stdout } = await promisify(execFile)('bash', ['-ec', command], { cwd: CHECKOUT, env })
  return stdout
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output) as unknown
  } catch {
    return output
  }
}

/** The anchors of a page as GitHub makes them; of another file only that it is there. */
function anchorsOf(file: string): (string | undefined)[] {
  try {
    if (!file.endsWith('.md'))
      return readdirSync(dirname(file)).some((name) => file.endsWith(name)) ? [undefined] : []
    const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)
    return [
      undefined,
      ...[...headings].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      ),
    ]
  } catch {
    return []
  }
}
