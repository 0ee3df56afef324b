/**
 * What a new file starts with: a workflow named after it where that can be.
 * @example newFileContent('users/new-user.ts') // … export const newUser = workflow(…
 */
export function newFileContent(path: string): string {
  const file = path.split('/').at(-1) ?? ''
  if (file.endsWith('.json')) return '{}\n'
  if (file.endsWith('.py') && !/^[._]/.test(file)) return pythonContent(file)
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

function pythonContent(file: string): string {
  const name = file
    .replace(/\.py$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
  return `import logging

from bifrost import workflow

logger = logging.getLogger(__name__)


@workflow
async def ${/^[a-z]/.test(name) ? name : 'new_workflow'}(name: str):
    """What it does, in one sentence.

    Args:
        name: Shown as help below the field
    """
    logger.info("Hello, %s", name)
    return {"greeted": name}
`
}
