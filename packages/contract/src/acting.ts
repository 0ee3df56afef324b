/**
 * How a request names the organization that it is for. Headers; a `GET` of a browser that can send none (a link to a file, a frame, an
 * event stream) has query parameters of the same names.
 */
export const ACTING_HEADERS = {
  /** `home`, `global`, or the id or short name of the organization to act for. Absent: home. */
  scope: 'bifrost-scope',
  /** The id of the person that a page shows; when another person is signed in by now, the request is refused. */
  user: 'bifrost-user',
} as const

/** The pages of the web app have this prefix while the user acts for another organization than their own. */
export const ACTING_PATH = '/o'

/**
 * What addresses of the web app begin with, and what `bifrost-scope` says. The short name where it can be nothing else.
 * @example actingPath({ id, slug: 'contoso' }) // '/o/contoso'
 */
export const actingPath = (organization: { id: string; slug: string } | null): string =>
  `${ACTING_PATH}/${organization === null ? 'global' : nameInAddress(organization)}`

/** An organization may be called "Global" or "Home", and one may even be named like an id. */
const nameInAddress = ({ id, slug }: { id: string; slug: string }): string =>
  slug === '' || slug === 'global' || slug === 'home' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-/.test(slug)
    ? id
    : slug
