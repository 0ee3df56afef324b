import { type Json, languageOf, type Parameter, type Workflow } from '@bifrost/contract'

/** An input that shows the shape of each parameter: its default where there is one, else an example. */
export function sampleInput(parameters: readonly Parameter[]): Record<string, Json> {
  return Object.fromEntries(
    parameters
      .filter((parameter) => parameter.required || parameter.default !== null)
      .map((parameter) => [parameter.name, sampleValue(parameter)]),
  )
}

function sampleValue(parameter: Parameter): Json {
  if (parameter.default !== null) return parameter.default
  const first = parameter.options?.[0]?.value
  switch (parameter.type) {
    case 'list':
      if (first !== undefined) return [first]
      return parameter.items === 'object'
        ? [sampleInput(parameter.fields ?? [])]
        : [scalarSample(parameter.items)]
    case 'object':
      return sampleInput(parameter.fields ?? [])
    default:
      return first ?? scalarSample(parameter.type, parameter.name)
  }
}

function scalarSample(type: Parameter['type'] | undefined, name = ''): Json {
  switch (type) {
    case 'integer':
      return 1
    case 'number':
      return 1.5
    case 'boolean':
      return true
    case 'datetime':
      return '2026-12-01T09:00:00Z'
    case 'file':
      return {
        id: 'the response of POST /api/files/upload',
        name: 'file.csv',
        size: 1,
        content_type: 'text/csv',
      }
    case 'json':
      return {}
    case 'list':
      return []
    default:
      return /e-?mail/i.test(name) ? 'ada@example.com' : 'text'
  }
}

/** A shell word: quoted so that the shell leaves it alone. */
export const shellWord = (text: string) =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

export function curlSample(origin: string, name: string, verb: 'execute' | 'run', body: Json): string {
  return [
    `curl ${origin}/api/workflows/${encodeURIComponent(name)}/${verb} \\`,
    `  -H "Authorization: Bearer $BIFROST_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${shellWord(JSON.stringify(body, null, 2).replaceAll('\n', '\n  '))}`,
  ].join('\n')
}

/** A call of its endpoint by the first method that it allows: with a body, or with a query. */
export function endpointSample(
  origin: string,
  {
    name,
    allowed_methods: [method = 'POST'],
    public_endpoint: open,
  }: Pick<Workflow, 'name' | 'allowed_methods' | 'public_endpoint'>,
  input: Record<string, Json>,
): string {
  const address = `${origin}/api/endpoints/${encodeURIComponent(name)}`
  const key = open ? [] : ['-H "X-Bifrost-Key: $BIFROST_ENDPOINT_KEY"']
  if (method === 'GET' || method === 'DELETE') {
    const query = new URLSearchParams(
      Object.entries(input).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    )
    const parts = [
      `curl ${method === 'GET' ? '' : `-X ${method} `}"${address}${query.size > 0 ? `?${query}` : ''}"`,
      ...key,
    ]
    return parts.join(' \\\n  ')
  }
  return [
    `curl ${method === 'POST' ? '' : `-X ${method} `}${address}`,
    ...key,
    '-H "Content-Type: application/json"',
    `-d ${shellWord(JSON.stringify(input, null, 2).replaceAll('\n', '\n  '))}`,
  ].join(' \\\n  ')
}

/** An event that starts the workflow. What its own code looks at, only its code knows. */
export function emitSample(
  origin: string,
  { start_on, parameters }: Pick<Workflow, 'parameters' | 'start_on'>,
): string {
  const body = { name: start_on?.event ?? '', payload: samplePayload(start_on?.map ?? null, parameters) }
  return [
    `curl ${origin}/api/events \\`,
    `  -H "Authorization: Bearer $BIFROST_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${shellWord(JSON.stringify(body, null, 2).replaceAll('\n', '\n  '))}`,
  ].join('\n')
}

function samplePayload(
  map: NonNullable<Workflow['start_on']>['map'],
  parameters: readonly Parameter[],
): Record<string, Json> {
  const input = sampleInput(parameters)
  if (map === null) return input
  const payload: Record<string, Json> = {}
  for (const [parameter, path] of Object.entries(map === 'code' ? {} : map)) {
    const [root, ...names] = path.split('.')
    const last = names.pop()
    if (root !== 'payload' || last === undefined) continue
    let place = payload
    for (const name of names) {
      place[name] ??= {}
      place = place[name] as Record<string, Json>
    }
    place[last] = input[parameter] ?? 'text'
  }
  return payload
}

export function cliSample(name: string, input: Record<string, Json>): string {
  const options = Object.entries(input).map(
    ([key, value]) => `--${key} ${shellWord(typeof value === 'string' ? value : JSON.stringify(value))}`,
  )
  return [`bifrost run ${name}`, ...options].join(' \\\n  ')
}

export function fetchSample(origin: string, name: string, body: Json): string {
  return [
    `const answer = await fetch('${origin}/api/workflows/${encodeURIComponent(name)}/execute', {`,
    `  method: 'POST',`,
    `  headers: {`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the reader's template
    '    Authorization: `Bearer ${process.env.BIFROST_API_KEY}`,',
    `    'Content-Type': 'application/json',`,
    `  },`,
    `  body: JSON.stringify(${JSON.stringify(body)}),`,
    `})`,
    `const { status, result, error } = await answer.json()`,
  ].join('\n')
}

/** How another workflow calls it as the function that it is. */
export function importSample(exportName: string, path: string): string {
  if (languageOf(path) === 'typescript') return `import { ${exportName} } from './${path}'`
  const module = path.replace(/\.py$/, '').replaceAll('/', '.')
  // A module whose name Python cannot write is imported by a call.
  return /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(module)
    ? `from ${module} import ${exportName}`
    : `import importlib\n\n${exportName} = importlib.import_module("${module}").${exportName}`
}
