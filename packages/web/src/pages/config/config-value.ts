import type { Json } from '@bifrost/contract'

export const valueKinds = ['text', 'number', 'yes-no', 'json'] as const
export type ValueKind = (typeof valueKinds)[number]

export function kindOf(value: Json): ValueKind {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'yes-no' : 'json'
}

export const toText = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2)

/** Reads what was typed as the chosen kind. */
export function fromText(
  kind: ValueKind,
  text: string,
): { ok: true; value: Json } | { ok: false; problem: string } {
  if (kind === 'text') return { ok: true, value: text }
  if (kind === 'yes-no') return { ok: true, value: text === 'true' }
  if (kind === 'number') {
    const value = Number(text)
    return text.trim() === '' || !Number.isFinite(value)
      ? { ok: false, problem: 'Not a number' }
      : { ok: true, value }
  }
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch (error) {
    return { ok: false, problem: `Not valid JSON: ${(error as Error).message}` }
  }
}
