/** Whatever lies below `organizations/<slug>/` of the workspace belongs to that organization; the rest is everybody's. */
export const ORGANIZATIONS = 'organizations'

export const organizationFolder = (slug: string): string => `${ORGANIZATIONS}/${slug}`

// Some file systems take two spellings for one name, and then both are the organization's.
const OWNED = /^organizations\/([^/]+)\//i

/** The slug of the organization that a workspace file belongs to; null: it is everybody's. */
export const ownerSlug = (path: string): string | null => OWNED.exec(path)?.[1]?.toLowerCase() ?? null

/** The folder of the organization that a workspace file belongs to, as the path spells it; null: it is everybody's. */
export const ownerFolder = (path: string): string | null => OWNED.exec(path)?.[0].slice(0, -1) ?? null

/** An organization's code uses its own files and everybody's; global code uses none that belong to an organization. */
export const mayUseFile = (user: string | null, file: string | null): boolean =>
  file === null || file === user

export const foreignFileText = (specifier: string): string =>
  `"${specifier}" is in the folder of an organization, and only files of that organization may use it.`
