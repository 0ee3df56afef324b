import net from 'node:net'
import { type EgressRules, egressRules } from '@bifrost/contract'

/** Where packages come from: settings of the installation that installers know by the same names. */
export interface PackageIndex {
  indexUrl: string | null
  /** Separated by spaces. */
  extraIndexUrl: string | null
  /** Folders and addresses, separated by spaces. */
  findLinks: string | null
  /** Packages come from `findLinks` alone. */
  noIndex: boolean
}

const partsOf = (text: string | null): string[] => text?.split(/\s+/).filter(Boolean) ?? []

/** What the process of an installer gets of the server's settings; nothing else of its environment. */
export function indexEnvironment({ indexUrl, extraIndexUrl, findLinks, noIndex }: PackageIndex) {
  const values: Record<string, string> = { PIP_CONFIG_FILE: '/dev/null' }
  const set = (name: string, value: string | null) => {
    if (value !== null) values[name] = value
  }
  set('PIP_INDEX_URL', indexUrl)
  set('UV_INDEX_URL', indexUrl)
  set('PIP_EXTRA_INDEX_URL', extraIndexUrl)
  set('UV_EXTRA_INDEX_URL', extraIndexUrl)
  set('PIP_FIND_LINKS', findLinks)
  set('UV_FIND_LINKS', findLinks && partsOf(findLinks).join(','))
  if (noIndex) values['PIP_NO_INDEX'] = '1'
  return values
}

/** Folders of the server among them. */
export const indexFolders = ({ findLinks }: PackageIndex): string[] =>
  partsOf(findLinks).filter((part) => part.startsWith('/'))

/** The public internet, what the installation allows, and the indexes wherever they are. */
export function indexRules(
  { indexUrl, extraIndexUrl, findLinks }: PackageIndex,
  allow: readonly string[],
): EgressRules {
  const indexes = [indexUrl, extraIndexUrl, findLinks].flatMap(partsOf).flatMap((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (!url || !/^https?:$/.test(url.protocol)) return []
    return [`${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`]
  })
  return egressRules(net, [...allow, ...indexes])
}
