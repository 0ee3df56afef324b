import { navigation } from './navigation.ts'

/** Lists whose filters mean the same in every organization. */
const sameFilters = new Set(['/history', '/workflows', '/tasks', '/events', '/audit'])

/**
 * Where the same page is for another organization: lists stay, with their filters where these mean the same there; a
 * thing leads to its list, because it belongs to one organization. Workflows are found by name, so theirs may be there.
 * @example pageElsewhere('/history/0192…', '?tab=logs') // '/history'
 */
export function pageElsewhere(pathname: string, search: string): string {
  const isList = navigation.some(({ items }) => items.some(({ to }) => to === pathname))
  if (isList) return sameFilters.has(pathname) ? pathname + search : pathname
  if (/^\/workflows\/[^/]+$/.test(pathname)) return pathname
  const list = `/${pathname.split('/')[1] ?? ''}`
  return navigation.some(({ items }) => items.some(({ to }) => to === list)) ? list : '/'
}
