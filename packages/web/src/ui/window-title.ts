/** The organization that is acted for instead of one's own, so that tabs can be told apart by their names. */
let elsewhere: string | null = null

export function showsOrganization(name: string | null): void {
  elsewhere = name
}

export const windowTitle = (title: string): string =>
  [title, ...(elsewhere === null ? [] : [elsewhere]), 'Bifrost'].join(' · ')
