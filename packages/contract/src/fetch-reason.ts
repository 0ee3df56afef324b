interface Thrown {
  message?: unknown
  code?: unknown
  cause?: unknown
  errors?: unknown
}

const DEPTH_MAX = 5

/**
 * Why a `fetch` failed, in the words of what lies below it: the error itself says no more than "fetch failed", and of a
 * name with several addresses even its cause says nothing.
 * @example fetchReason(error) // 'connect ECONNREFUSED 127.0.0.1:3000'
 */
export function fetchReason(error: unknown): string {
  const reason = reasonOf(error, DEPTH_MAX)
  return reason === '' ? 'no reason was given' : reason
}

function reasonOf(error: unknown, depth: number): string {
  if (typeof error === 'string') return error
  if (typeof error !== 'object' || error === null || depth === 0) return ''
  const { message, code, cause, errors } = error as Thrown
  const own = typeof message === 'string' && message !== 'fetch failed' ? message : ''
  const inner = Array.isArray(errors) ? errors.slice(0, 4).map((one) => reasonOf(one, depth - 1)) : []
  const below = [...new Set(inner.filter(Boolean))].join('; ') || reasonOf(cause, depth - 1)
  return own || below || (typeof code === 'string' ? code : '')
}
