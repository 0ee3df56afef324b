import { expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'

const document = openApiDocument('1.0.0') as {
  paths: Record<string, Record<string, { responses: Record<string, unknown>; requestBody?: unknown }>>
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> }
}
const { paths, components } = document

test('the nouns of the API have names, and what answers with one refers to it', () => {
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(
      'Error Execution ExecutionSummary Workflow Schedule Task Table TableRow Form Role User Organization'
        .split(' ')
        .map((name) => (name === 'Table' ? 'TableDetail' : name)),
    ),
  )
  expect(paths['/api/executions/{id}']?.['get']?.responses['200']).toEqual({
    description: 'OK',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Execution' } } },
  })
  expect(components.schemas['Execution']?.properties?.['status']).toEqual({
    $ref: '#/components/schemas/ExecutionStatus',
  })
})

test('every reference leads to a schema of the document', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target)
  expect(references.length).toBeGreaterThan(500)
  const known = new Set(Object.keys(components.schemas).map((name) => `#/components/schemas/${name}`))
  expect(references.filter((target) => !known.has(target))).toEqual([])
  expect(text).not.toContain('$defs')
})

test('what is sent has a name of its own where it may leave out what an answer always has', () => {
  const sent = components.schemas['OptionInput']
  const answered = components.schemas['Option']
  expect(sent).not.toEqual(answered)
})
