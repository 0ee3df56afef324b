/**
 * What a new file starts with: a workflow named after it where that can be.
 * @example newFileContent('users/new-user.ts') // … export const newUser = workflow(…
 */
export function newFileContent(path: string): string {
  const file = path.split('/').at(-1) ?? ''
  if (file.endsWith('.json')) return '{}\n'
  if (!/\.[cm]?ts$/.test(file) || /^[._]/.test(file)) return ''
  const name = file
    .replace(/\.[^.]+$/, '')
    .replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string = '') => next.toUpperCase())
  const exported = /^[A-Za-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : 'newWorkflow'
  return `import { logger, workflow } from 'bifrost'

/**
 * Describe in one sentence what the workflow does.
 * @param name Shown as help below the field
 */
export const ${exported} = workflow(async (name: string) => {
  logger.info(\`Hello, \${name}\`)
  return { greeted: name }
})
`
}
