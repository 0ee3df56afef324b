import type { FastifyInstance } from 'fastify'
import { openApiDocument } from '../../platform/http/openapi.ts'

interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters: { name: string; in: string; required: boolean; schema: unknown }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>
  'x-permission': string
}

/** Where the address of the server goes in the page that is kept. */
const ORIGIN = '{origin of the server}'

/** `/api/docs`: the OpenAPI document as one readable page, without a script. */
export function addDocsPage(app: FastifyInstance, version: string): void {
  let html: string | undefined
  app.get('/api/docs', async (request, reply) => {
    await reply.helmet()
    html ??= page(openApiDocument(version))
    // The example can be copied as it stands: it names the server that the reader has asked.
    const origin = text(`${request.protocol}://${request.host}`)
    return reply.type('text/html; charset=utf-8').send(html.replaceAll(ORIGIN, () => origin))
  })
}

const text = (value: string) =>
  value.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
const prose = (value: string) => text(value).replace(/`([^`]+)`/g, '<code>$1</code>')

function page(document: Record<string, unknown>): string {
  const paths = document['paths'] as Record<string, Record<string, Operation>>
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  const sections = tags.map(
    (tag) =>
      `<section id="${tag}"><h2>${text(tag)}</h2>${operations
        .filter(({ operation }) => operation.tags.includes(tag))
        .map(section)
        .join('')}</section>`,
  )
  const { schemas } = document['components'] as { schemas: Record<string, object> }
  const named = Object.entries(schemas).map(([name, schema]) => details(name, schema, `schema-${name}`))
  const info = document['info'] as { description: string; version: string }
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bifrost API</title><style>${STYLE}</style></head><body><nav><strong>Bifrost API</strong>${tags
    .map((tag) => `<a href="#${tag}">${text(tag)}</a>`)
    .join(
      '',
    )}<a href="#schemas">Schemas</a><a href="/api/openapi.json">OpenAPI document</a></nav><main><h1>Bifrost API ${text(info.version)}</h1>
<p>${prose(info.description)}</p>
<pre>curl -H "Authorization: Bearer $BIFROST_API_KEY" -H "Content-Type: application/json" \\
  -d '{"input": {"name": "Ada"}}' ${ORIGIN}/api/workflows/hello/execute</pre>
${sections.join('')}<section id="schemas"><h2>Schemas</h2>${named.join('')}</section></main></body></html>`
}

function section({
  path,
  method,
  operation,
}: {
  path: string
  method: string
  operation: Operation
}): string {
  const body = Object.entries(operation.requestBody?.content ?? {})
  const answers = Object.entries(operation.responses)
  return `<article id="${operation.operationId}"><h3><b class="${method}">${method}</b> <code>${text(path)}</code></h3>
<p>${prose(operation.summary)}. ${prose(operation.description ?? '')}</p>
<p class="note">Permission: <code>${text(operation['x-permission'])}</code></p>
${
  operation.parameters.length > 0
    ? `<table><tr><th>Parameter</th><th>In</th><th>Required</th><th>Schema</th></tr>${operation.parameters
        .map(
          (p) =>
            `<tr><td><code>${text(p.name)}</code></td><td>${p.in}</td><td>${p.required ? 'yes' : ''}</td><td><code>${text(JSON.stringify(p.schema))}</code></td></tr>`,
        )
        .join('')}</table>`
    : ''
}
${body.map(([type, { schema }]) => details(`Body, ${type}`, schema)).join('')}
${answers
  .map(([status, answer]) => {
    const [content] = Object.entries(answer.content ?? {})
    return content && !status.startsWith('4') && status !== '500'
      ? details(`Answer ${status}, ${content[0]}`, content[1].schema)
      : `<p class="note">${status}: ${text(answer.description)}</p>`
  })
  .join('')}</article>`
}

const details = (title: string, schema: unknown, id?: string) =>
  `<details${id === undefined ? '' : ` id="${text(id)}"`}><summary>${text(title)}</summary><pre>${linked(text(JSON.stringify(schema, null, 2)))}</pre></details>`

/** A reference leads to the schema of that name, further down. */
const linked = (html: string) =>
  html.replace(/#\/components\/schemas\/(\w+)/g, (_, name: string) => `<a href="#schema-${name}">${name}</a>`)

const STYLE = `:root{color-scheme:light dark;--line:light-dark(#ddd,#333);--soft:light-dark(#f6f6f4,#1b1b1d)}
body{margin:0;font:15px/1.55 system-ui,sans-serif;background:light-dark(#fff,#121214);color:light-dark(#1a1a1a,#e8e8e8);display:flex}
nav{position:sticky;top:0;height:100vh;box-sizing:border-box;padding:24px;display:flex;flex-direction:column;gap:8px;border-right:1px solid var(--line);min-width:150px}
a{color:inherit}main{max-width:860px;padding:24px 40px;min-width:0}h2{margin-top:48px}article{border-top:1px solid var(--line);padding:12px 0}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:var(--soft);padding:12px;overflow:auto;border-radius:6px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 8px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
h3 b{font-size:12px;padding:2px 6px;border-radius:4px;background:var(--soft)}.note{color:light-dark(#5a5a5a,#a5a5a5);margin:4px 0;font-size:13px}
@media(max-width:700px){body{display:block}nav{position:static;height:auto;flex-flow:row wrap;border:0}main{padding:16px}}`
