/** Every address of the app in one place. Search parameters that are `undefined` are left out. */
export const paths = {
  home: () => '/',
  workflows: (search: { q?: string; type?: string; tag?: string } = {}) => withSearch('/workflows', search),
  workflow: (name: string, search: { tab?: string; from?: string } = {}) =>
    withSearch(`/workflows/${encodeURIComponent(name)}`, search),
  history: (search: { workflow?: string; status?: string } = {}) => withSearch('/history', search),
  execution: (id: string, search: { tab?: string } = {}) => withSearch(`/history/${id}`, search),
  forms: () => '/forms',
  form: (id: string) => `/forms/${id}`,
  tasks: (search: { view?: string } = {}) => withSearch('/tasks', search),
  task: (id: string) => `/tasks/${id}`,
  schedules: (search: { open?: string } = {}) => withSearch('/schedules', search),
  events: (search: { name?: string; failed?: string } = {}) => withSearch('/events', search),
  event: (id: string) => `/events/${id}`,
  editor: (search: { file?: string; line?: number } = {}) => withSearch('/editor', search),
  files: () => '/files',
  config: () => '/config',
  integrations: () => '/integrations',
  integration: (id: string) => `/integrations/${id}`,
  keys: () => '/keys',
  security: () => '/account/security',
  singleSignOn: () => '/single-sign-on',
  organizations: () => '/organizations',
  people: () => '/people',
  roles: () => '/roles',
  role: (id: string) => `/roles/${id}`,
  signIn: (next?: string) => withSearch('/sign-in', { next }),
}

function withSearch(path: string, search: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (value !== undefined) given.set(name, String(value))
  return given.size > 0 ? `${path}?${given}` : path
}
