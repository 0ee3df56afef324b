import { config, logger, UserError, workflow } from 'bifrost'

/**
 * Shows how the directory is reached, with the key from Config. Whatever the run writes, the key reads [REDACTED]:
 * in the log, in the result, in the variables, and in errors.
 *
 * Set directory.api_key as a secret first, and directory.url if yours is another.
 */
export const checkConnection = workflow({ category: 'Connections', executionMode: 'sync' }, async () => {
  const url = await config.get('directory.url', 'https://directory.example/v1')
  const key = await config.get<string | undefined>('directory.api_key')
  if (!key) throw new UserError('There is no directory.api_key yet. Add it on the Config page as a secret.')
  const headers = { authorization: `Bearer ${key}` }
  logger.info('GET %s with authorization %s', url, headers.authorization)
  return { url, headers, keyLength: key.length }
})
