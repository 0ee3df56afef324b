import type { Json } from '@bifrost/contract'

export interface ForkEdits {
  body: { input?: Record<string, Json>; outputs?: Record<string, Json> }
  /** What is no JSON, by key of the step; that of the input under the empty text. */
  problems: ReadonlyMap<string, string>
}

/** What was edited as the API takes it; what was not touched is left out, and stays as it was. */
export function readEdits(outputs: ReadonlyMap<string, string>, input: string | null): ForkEdits {
  const problems = new Map<string, string>()
  const read = (key: string, text: string): Json | undefined => {
    try {
      return JSON.parse(text) as Json
    } catch (error) {
      problems.set(key, `Not valid JSON: ${(error as Error).message}`)
      return undefined
    }
  }
  const body: ForkEdits['body'] = {}
  for (const [key, text] of outputs) {
    const value = read(key, text)
    if (value !== undefined) body.outputs = { ...body.outputs, [key]: value }
  }
  if (input !== null) {
    const value = read('', input)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) body.input = value
    else if (value !== undefined) problems.set('', 'The input must be an object of names and values.')
  }
  return { body, problems }
}
