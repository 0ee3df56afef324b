import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { methods, permissions, type Route, routes } from './packages/contract/src/index.ts'
import {
  CHECKOUT,
  exportedDeclarations,
  hasDocstring,
  readSources,
  type Source,
} from './packages/server/src/testing/sources.ts'

// Rules of ARCHITECTURE.md that a machine can keep. A rule that fails the build does not rot.

const sources = readSources()
const product = sources.filter((source) => !source.isTest)

/** Left may import right, and itself. */
const layers: Record<string, readonly string[]> = {
  contract: [],
  sdk: ['contract'],
  web: ['contract'],
  cli: ['contract'],
  python: ['contract'],
  'server/platform': ['contract'],
  'server/tenancy': ['server/platform', 'contract'],
  'server/engine': ['server/tenancy', 'server/platform', 'contract'],
  'server/workspace': ['server/platform', 'contract'],
  'server/worker': ['server/engine', 'server/tenancy', 'server/workspace', 'server/platform', 'contract'],
  'server/features': ['server/engine', 'server/tenancy', 'server/workspace', 'server/platform', 'contract'],
  // Puts the platform together, and starts what features say of themselves.
  'server/start': [
    'server/features',
    'server/worker',
    'server/engine',
    'server/tenancy',
    'server/workspace',
    'server/platform',
    'server/.',
    'contract',
  ],
  // main.ts, run.ts, config.ts: what a process consists of.
  'server/.': [
    'server/start',
    'server/features',
    'server/worker',
    'server/engine',
    'server/tenancy',
    'server/workspace',
    'server/platform',
    'contract',
  ],
}
/** What goes over the table, with its reason. */
const layerExceptions: Record<string, string> = {
  'packages/server/src/features/feature.ts -> server/.': 'the type of the settings',
}

const packageOf: Record<string, string> = {
  '@bifrost/contract': 'contract',
  bifrost: 'sdk',
  'bifrost/runtime': 'sdk',
  '@bifrost/server': 'server/.',
}

function layerOf(path: string): string {
  const [, name = '', , folder = '', below] = path.split('/')
  if (name !== 'server') return name
  return below === undefined ? 'server/.' : `server/${folder}`
}

const FEATURES = 'packages/server/src/features/'
const LIST = `${FEATURES}features.ts`
const MAIN = 'packages/server/src/main.ts'
const featureOf = (path: string) => /^packages\/server\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null

describe('layers', () => {
  test('every file imports only what its layer may', () => {
    const wrong: string[] = []
    for (const { path, imports } of product)
      for (const { specifier, file } of imports) {
        const to = file === null ? packageOf[specifier.split('/').slice(0, 2).join('/')] : layerOf(file)
        const from = layerOf(path)
        if (to === undefined || to === from || layers[from]?.includes(to)) continue
        // The command line starts the server as a program of the same installation.
        if (from === 'cli' && to === 'server/.') continue
        if (!layerExceptions[`${path} -> ${to}`])
          wrong.push(`${path} imports ${specifier} (${from} -> ${to})`)
      }
    expect(wrong).toEqual([])
  })

  test('a feature gets the value of another in its feature.ts, and imports functions and types from its main file', () => {
    const wrong = product.flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => {
          const from = featureOf(path)
          const to = file === null ? null : featureOf(file)
          if (to === null || from === to) return false
          const folder = `${FEATURES}${to}`
          if (file === `${folder}/feature.ts`)
            return path !== `${FEATURES}${from}/feature.ts` && path !== LIST
          return file !== `${folder}/${to}.ts` || from === null
        })
        .map(({ file }) => `${path} imports ${file}`),
    )
    expect(wrong).toEqual([])
  })

  test('features and main.ts know the engine by its face alone, and the engine does without it', () => {
    const engine = 'packages/server/src/engine/'
    const face = `${engine}engine.ts`
    const wrong = product.flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => {
          if (!file?.startsWith(engine)) return false
          if (layerOf(path) === 'server/engine') return file === face
          return layerOf(path) !== 'server/worker' && file !== face
        })
        .map(({ file }) => `${path} imports ${file}`),
    )
    expect(wrong).toEqual([])
  })

  test('every folder of features has one feature.ts with one value, and features.ts lists it', () => {
    const listed = product.find(({ path }) => path === LIST)?.imports.map(({ file }) => file)
    const folders = readdirSync(join(CHECKOUT, FEATURES), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    expect(listed).toEqual(folders.map(({ name }) => `${FEATURES}${name}/feature.ts`).sort())
    for (const { path, ast } of product)
      if (listed?.includes(path)) expect(exportedDeclarations(ast), path).toHaveLength(1)
  })

  test('main.ts stays short, whatever is added', () => {
    expect(product.find(({ path }) => path === MAIN)?.lines).toBeLessThanOrEqual(150)
  })

  test('the contract imports zod and nothing else', () => {
    const wrong = product
      .filter(({ path }) => path.startsWith('packages/contract/'))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ file, specifier }) => file === null && specifier !== 'zod')
          .map(({ specifier }) => `${path}: ${specifier}`),
      )
    expect(wrong).toEqual([])
  })

  test('no product file imports what is there for tests', () => {
    const wrong = product.flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => file !== null && /\/testing\/|\.test\.tsx?$/.test(file))
        .map(({ file }) => `${path} imports ${file}`),
    )
    expect(wrong).toEqual([])
  })

  test('no import loops at run time', () => {
    const graph = new Map(
      product.map(({ path, imports }) => [
        path,
        imports.filter(({ typeOnly, file }) => !typeOnly && file !== null).map(({ file }) => file ?? ''),
      ]),
    )
    const loops: string[] = []
    const state = new Map<string, 'open' | 'done'>()
    const visit = (path: string, trail: string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        loops.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of graph.keys()) visit(path, [])
    expect(loops).toEqual([])
  })
})

describe('files', () => {
  test('none has more than 500 lines', () => {
    expect(sources.filter(({ lines }) => lines > 500).map(({ path, lines }) => `${path}: ${lines}`)).toEqual(
      [],
    )
  })

  test('names are kebab-case; React components are PascalCase', () => {
    const fits = (path: string) => {
      const name =
        path
          .split('/')
          .at(-1)
          ?.replace(/(\.(test|config|d))*\.m?tsx?$/, '') ?? ''
      const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
      return path.endsWith('.tsx') ? kebab || /^[A-Z][A-Za-z0-9]*$/.test(name) : kebab
    }
    expect(sources.filter(({ path }) => !fits(path)).map(({ path }) => path)).toEqual([])
  })

  test('none is called after nothing in particular', () => {
    const vague = /(^|[/-])(utils?|helpers?|common|shared|misc|manager)(\.|-|\/|$)/i
    // Schemas that the route files of the contract share.
    const known = ['packages/contract/src/routes/common.ts']
    expect(
      product.map(({ path }) => path).filter((path) => vague.test(path) && !known.includes(path)),
    ).toEqual([])
  })

  test('no any', () => {
    const found: string[] = []
    for (const { path, ast } of sources) {
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword)
          found.push(`${path}:${ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1}`)
        ts.forEachChild(node, visit)
      }
      visit(ast)
    }
    expect(found).toEqual([])
  })

  test('migrations are numbered, and no two have the same number', () => {
    const names = readdirSync(join(CHECKOUT, 'packages/server/migrations'))
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^\d{4}_[a-z0-9_]+\.sql$/)
  })
})

describe('routes', () => {
  const all = Object.entries(routes) as [string, Route][]
  const using = (name: string) => new RegExp(`\\broutes\\.${name}\\b`)

  test.each(all)('%s has a permission and one implementation', (name, route) => {
    expect(permissions).toContain(route.permission)
    const implemented = product.filter(
      ({ path, text }) =>
        path.startsWith('packages/server/src/features/') && text.includes(`implement(routes.${name},`),
    )
    expect(implemented.map(({ path }) => path)).toHaveLength(1)
  })

  test.each(all)('%s is called by a test', (name, route) => {
    const tests = sources.filter(({ path }) => path.endsWith('.test.ts'))
    const called = tests.some(({ text }) => using(name).test(text) || text.includes(`'${route.path}'`))
    expect(called).toBe(true)
  })

  test('public ones are these, by name', () => {
    const names = all.filter(([, route]) => route.permission === 'public').map(([name]) => name)
    expect(names.sort()).toEqual([
      'acceptInvitation',
      'deleteEndpoint',
      'finishConnect',
      'finishSingleSignOn',
      'getByKey',
      'getEndpoint',
      'getHealth',
      'getOpenApi',
      'getPublicForm',
      'getPublicFormOptions',
      'getReady',
      'getSetup',
      'listSignInProviders',
      'login',
      'loginPasskey',
      'loginSecondFactor',
      'patchEndpoint',
      'pollDeviceLogin',
      'postByKey',
      'postEndpoint',
      'putEndpoint',
      'resetPassword',
      'setUp',
      'showInvitation',
      'signedDownload',
      'signedUpload',
      'startDeviceLogin',
      'startPasskeyLogin',
      'startPublicForm',
      'startSingleSignOn',
      'submitPublicForm',
      'uploadPublicFormFile',
    ])
  })

  test('no two have the same method and path', () => {
    const keys = all.map(([, route]) => `${route.method} ${route.path.replace(/\{\w+\}/g, '{}')}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('methods of the SDK', () => {
  test('only declared ones are called: every call goes through callPlatform()', () => {
    const callers = product
      .filter(
        ({ path, text }) =>
          path.startsWith('packages/sdk/src/') && /\brequireRun\([^)]*\)\s*\.call\(/.test(text),
      )
      .map(({ path }) => path)
    expect(callers).toEqual(['packages/sdk/src/call-platform.ts'])
  })

  test('each is used by the SDK, and has arguments that are an object', () => {
    const sdk = product.filter(({ path }) => path.startsWith('packages/sdk/src/'))
    const unused = Object.keys(methods).filter((name) => !sdk.some(({ text }) => text.includes(`'${name}'`)))
    expect(unused).toEqual([])
    for (const [name, { args }] of Object.entries(methods))
      expect(args.safeParse('text').error?.issues[0]?.code, name).toBe('invalid_type')
  })
})

describe('settings', () => {
  test('nothing of the server reads the environment but config.ts and run.ts', () => {
    const known: Record<string, string> = {
      'packages/server/src/run.ts': 'hands it to config.ts',
      'packages/server/src/workspace/builder-start.ts':
        'PATH and TMPDIR of a process that has nothing else of it',
      'packages/server/src/worker/runtimes/find-python.ts': 'PATH, where a shell finds an interpreter',
      'packages/server/src/worker/packages/installer.ts': 'PATH, where a shell finds uv',
      'packages/server/src/workspace/builder/bundle-screen.ts':
        'says what it is in a browser, where there is none',
    }
    const readers = product
      .filter(({ path, text }) => path.startsWith('packages/server/') && /\bprocess\.env\b/.test(text))
      .map(({ path }) => path)
    expect(readers.filter((path) => !known[path] && !path.endsWith('/config.ts'))).toEqual([])
  })

  test('no file names a folder of the machine it was written on', () => {
    const wrong = sources.filter(({ text }) =>
      /['"`/ (](\/work\/|\/root\/)/.test(text.replaceAll(/['"`]\/root\/['"`]/g, '')),
    )
    expect(wrong.map(({ path }) => path).filter((path) => !path.endsWith('.test.ts'))).toEqual([])
  })
})

describe('web app', () => {
  const WEB = 'packages/web/src/'
  /** Left may import right, itself, and the files beside these folders. What only one page needs is in its folder of pages. */
  const folders: Record<string, readonly string[]> = {
    ui: [],
    'parameter-form': ['ui', 'app'],
    views: ['ui', 'app'],
    pages: ['ui', 'parameter-form', 'app'],
    app: ['ui', 'pages'],
  }
  const exceptions: Record<string, string> = {
    'packages/web/src/ui/FilterBar.tsx -> views': 'every list has saved views',
  }
  const folderOf = (path: string) => (path.startsWith(WEB) ? path.slice(WEB.length).split('/') : [])

  test('every folder imports only what it may: the kit knows no page', () => {
    const wrong: string[] = []
    for (const { path, imports } of product) {
      const [from = '', below] = folderOf(path)
      if (below === undefined) continue
      if (!folders[from]) wrong.push(`${path}: a folder that no rule knows`)
      for (const { file } of imports) {
        const [to = '', inside] = folderOf(file ?? '')
        if (inside === undefined || to === from || folders[from]?.includes(to)) continue
        if (!exceptions[`${path} -> ${to}`]) wrong.push(`${path} imports ${file}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('QueryView shows that a query is on the way or failed: no page has words of its own for it', () => {
    const known: Record<string, string> = {
      'packages/web/src/app/shell/NothingThere.tsx: owner.isLoading':
        'no organization having the thing is an answer here, and without an id there is no request',
      'packages/web/src/pages/schedules/TimesFields.tsx: preview.error':
        'the fields show what the server refuses, the preview is a QueryView',
      'packages/web/src/views/ViewsMenu.tsx: error':
        'the menu lists what it has and can save a view, whether or not the list was read',
    }
    const states = ['isPending', 'isLoading', 'isError', 'isLoadingError', 'isSuccess', 'status', 'error']
    const found: string[] = []
    for (const { path, ast } of product) {
      if (!path.startsWith(WEB) || folderOf(path)[0] === 'ui') continue
      const queries = new Set<string>()
      const visit = (node: ts.Node): void => {
        if (
          ts.isVariableDeclaration(node) &&
          node.initializer &&
          ts.isCallExpression(node.initializer) &&
          /^use(Infinite)?Query$/.test(node.initializer.expression.getText(ast))
        ) {
          if (ts.isIdentifier(node.name)) queries.add(node.name.text)
          else
            for (const element of node.name.elements) {
              const name = ts.isBindingElement(element) && (element.propertyName ?? element.name).getText(ast)
              if (name && states.includes(name)) found.push(`${path}: ${name}`)
            }
        }
        if (
          ts.isPropertyAccessExpression(node) &&
          queries.has(node.expression.getText(ast)) &&
          states.includes(node.name.text)
        )
          found.push(`${path}: ${node.getText(ast)}`)
        ts.forEachChild(node, visit)
      }
      visit(ast)
    }
    expect(found.filter((one) => !known[one])).toEqual([])
    expect(Object.keys(known).filter((one) => !found.includes(one))).toEqual([])
  })

  test('a form is one of the kit, with its places for errors', () => {
    const known: Record<string, string> = {
      'packages/web/src/pages/schedules/ScheduleDialog.tsx': 'the form that parameters make',
      'packages/web/src/pages/workflows/RunForm.tsx': 'the form that parameters make',
      'packages/web/src/pages/tasks/TaskForm.tsx': 'the form that parameters make',
      'packages/web/src/pages/forms/fill/FillForm.tsx': 'a form that its author designed',
      'packages/web/src/pages/tables/FilterBuilder.tsx': 'one line of a filter, applied as it is left',
    }
    const own = product.filter(({ path, text }) => folderOf(path)[0] !== 'ui' && /<form\b/.test(text))
    const paths = own.map(({ path }) => path).filter((path) => path.startsWith(WEB))
    expect(paths.toSorted()).toEqual(Object.keys(known).toSorted())
  })
})

describe('what others import has a docstring', () => {
  const published = (name: string): Source[] => {
    const index = product.find(({ path }) => path === `packages/${name}/src/index.ts`)
    const files = new Set(index?.imports.map(({ file }) => file))
    return product.filter(({ path }) => files.has(path))
  }
  const exportedNames = (name: string): Set<string> => {
    const index = product.find(({ path }) => path === `packages/${name}/src/index.ts`)
    const names = new Set<string>()
    for (const statement of index?.ast.statements ?? [])
      if (
        ts.isExportDeclaration(statement) &&
        statement.exportClause &&
        ts.isNamedExports(statement.exportClause)
      )
        for (const element of statement.exportClause.elements) names.add(element.name.text)
    return names
  }
  test.each(['contract', 'sdk'])('%s', (name) => {
    const wanted = exportedNames(name)
    expect(wanted.size).toBeGreaterThan(5)
    const documented = new Set<string>()
    const declared = new Set<string>()
    for (const { ast } of published(name))
      for (const { name: symbol, node } of exportedDeclarations(ast)) {
        declared.add(symbol)
        if (hasDocstring(node)) documented.add(symbol)
      }
    expect([...wanted].filter((symbol) => declared.has(symbol) && !documented.has(symbol))).toEqual([])
  })
})
