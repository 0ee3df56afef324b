import { z } from 'zod'
import { route } from '../route.ts'

const tag = 'Workflows'

/** The Python packages that workflows of one owner may import. */
export const PythonPackages = z
  .object({
    /** Null: everybody's. */
    org_id: z.uuid().nullable(),
    /** The lines of `requirements.txt`, or the dependencies of `pyproject.toml`: everybody's, then the organization's. */
    requirements: z.array(z.string()),
    status: z.enum(['installing', 'ready', 'failed']),
    /** Why they cannot be used, with the installer's own words; null unless they failed. */
    error: z.string().nullable(),
    /** The last part of what the installer said; empty for those of others. */
    log: z.string(),
    /** The caller may have them installed again. */
    can_retry: z.boolean(),
    changed_at: z.iso.datetime(),
  })
  .meta({ id: 'PythonPackages' })
export type PythonPackages = z.infer<typeof PythonPackages>

const Answer = z.object({ items: z.array(PythonPackages) })

export const packageRoutes = {
  listPythonPackages: route({
    method: 'GET',
    path: '/api/packages/python',
    permission: 'file:read',
    tag,
    summary: 'Get the Python packages of workflows, and whether they are installed',
    response: Answer,
  }),
  retryPythonPackages: route({
    method: 'POST',
    path: '/api/packages/python/retry',
    permission: 'workflow:write',
    tag,
    summary: 'Install Python packages again that could not be installed',
    description: 'Those of the organization that you act for, or everybody’s when you act globally.',
    body: z.strictObject({}),
    response: Answer,
  }),
} as const
