import { context, type Int, logger, workflow } from 'bifrost'

/**
 * Greets a person, as often as you like. The smallest workflow there is: a function with one call around it.
 * @param name Who is greeted.
 * @param times How often.
 */
export const hello = workflow(async (name: string, times: Int = 1) => {
  logger.info('Greeting %s', name)
  const greeting = Array.from({ length: times }, () => `Hello ${name}.`).join(' ')
  return { greeting, from: context.orgName }
})
