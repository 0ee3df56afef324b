import { AppError, fetchReason, isOwnHost } from '@bifrost/contract'
import type { Egress } from '../../platform/egress/egress.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { IntegrationUse } from './use.ts'

const CALL_MS = 15_000
const ANSWER_BYTES_MAX = 1024 * 1024

/** One GET with the credentials of the organization: whether the service takes them. What it answers is not shown. */
export async function tryOut(
  scope: OrgScope,
  id: string,
  { use }: IntegrationUse,
  egress: Egress,
  allow: readonly string[],
): Promise<{ ok: boolean; status: number | null; message: string }> {
  try {
    const { integration, applied } = await use(scope, { id })
    const url = new URL(integration.base_url.replace(/\/$/, '') + integration.test_path)
    if (!isOwnHost({ baseUrl: integration.base_url, hosts: integration.hosts }, url))
      throw new AppError('conflict', 'The test path points to another host.')
    for (const [name, value] of Object.entries(applied.query)) url.searchParams.set(name, value)
    const response = await egress.fetch(
      url,
      { headers: { accept: 'application/json', ...applied.headers }, redirect: 'manual' },
      { timeoutMs: CALL_MS, bytesMax: ANSWER_BYTES_MAX, allow },
    )
    await response.body?.cancel()
    const { status } = response
    const where = `${url.host}${integration.test_path}`
    if (status === 401 || status === 403)
      return {
        ok: false,
        status,
        message: `${where} answered ${status}: it does not accept the credentials.`,
      }
    if (status >= 400)
      return {
        ok: false,
        status,
        message: `${where} answered ${status}. The test path may not exist there.`,
      }
    return { ok: true, status, message: `${where} answered ${status}.` }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') throw error
    return { ok: false, status: null, message: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const { message } = error as Error
  return message === 'fetch failed' ? `It could not be reached: ${fetchReason(error)}` : message
}
