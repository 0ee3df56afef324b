/** What to do about an import that leads nowhere. */
export function unresolvedText(specifier: string): string {
  if (specifier.startsWith('.') || specifier.startsWith('/'))
    return `There is no file "${specifier}"; check its name and folder.`
  const [first = '', second = ''] = specifier.split('/')
  const name = first.startsWith('@') ? `${first}/${second}` : first
  return `"${name}" is not installed; add it to the workspace's package.json and run npm install.`
}
