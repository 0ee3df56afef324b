/**
 * The name of a member for people: `requestedBy` is `Requested by`.
 * @example words('requestedBy') // 'Requested by'
 */
export function words(name: string): string {
  const spaced = name
    .replace(/[_\-.]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .trim()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
