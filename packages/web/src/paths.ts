/**
 * Addresses as text, for what is no link: only these. A link names its page by `to`, which the type check compares with the
 * routes. Search parameters that are `undefined` are left out.
 */
export const paths = {
  workflow: (name: string, search: { tab?: string; from?: string } = {}) =>
    withSearch(`/workflows/${encodeURIComponent(name)}`, search),
  execution: (id: string, search: { tab?: string } = {}) => withSearch(`/history/${id}`, search),
  event: (id: string) => `/events/${id}`,
  editor: (search: { file?: string; line?: number } = {}) => withSearch('/editor', search),
  integration: (id: string) => `/integrations/${id}`,
  roles: () => '/roles',
  role: (id: string) => `/roles/${id}`,
}

function withSearch(path: string, search: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (value !== undefined) given.set(name, String(value))
  return given.size > 0 ? `${path}?${given}` : path
}
