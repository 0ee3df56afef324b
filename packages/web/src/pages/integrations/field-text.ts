import type { IntegrationField, Json } from '@bifrost/contract'

/** A value as its field shows it; nothing is an empty field. */
export const toFieldText = (value: Json | undefined): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

type Read = { ok: true; value: Json } | { ok: false; problem: string }

/** What was typed, as a value; an empty field removes the value, so that the inherited one applies. */
export function fromFieldText(type: IntegrationField['type'], text: string): Read {
  if (text.trim() === '') return { ok: true, value: null }
  if (type === 'string' || type === 'secret') return { ok: true, value: text }
  if (type === 'boolean') return { ok: true, value: text === 'true' }
  if (type === 'number') {
    const value = Number(text)
    return Number.isFinite(value) ? { ok: true, value } : { ok: false, problem: 'Not a number' }
  }
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch {
    return { ok: false, problem: 'Not valid JSON' }
  }
}
