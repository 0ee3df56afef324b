import { ACTING_PATH } from './acting.ts'

/** Every page of the web app, as its router writes it. Any other address answers 404, so that no probe takes it for a sign of health. */
export const pages = [
  '/',
  '/sign-in',
  '/setup',
  '/reset-password',
  '/accept-invitation',
  '/f/$token',
  '/workflows',
  '/workflows/$name',
  '/forms',
  '/forms/new',
  '/forms/$id',
  '/forms/$id/edit',
  '/history',
  '/history/$id',
  '/tasks',
  '/tasks/$id',
  '/editor',
  '/schedules',
  '/events',
  '/events/$id',
  '/config',
  '/integrations',
  '/integrations/$id',
  '/tables',
  '/tables/$table',
  '/files',
  '/keys',
  '/account/security',
  '/device',
  '/single-sign-on',
  '/audit',
  '/usage',
  '/organizations',
  '/people',
  '/roles',
  '/roles/$id',
] as const

const patterns = pages.map((page) => new RegExp(`^${page === '/' ? '' : page.replace(/\$\w+/g, '[^/]+')}/?$`))
const ELSEWHERE = new RegExp(`^${ACTING_PATH}/[^/]+`)

/**
 * Whether a path is a page of the web app, also below an organization that a person acts for.
 * @example isPage('/o/contoso/history') // true
 */
export function isPage(path: string): boolean {
  const own = path.replace(ELSEWHERE, '')
  return patterns.some((pattern) => pattern.test(own))
}
