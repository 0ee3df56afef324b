import { context, type Int, logger, UserError, workflow } from 'bifrost'

/**
 * Passes a message on to another system and reports what it answered.
 * @param url Where it goes; http or https.
 * @param payload The JSON body.
 * @param timeoutSeconds How long the receiver may take.
 */
export const relayWebhook = workflow(
  { category: 'Webhooks', endpointEnabled: true, allowedMethods: ['POST'], timeSaved: 2, timeoutSeconds: 60 },
  async (url: string, payload: Record<string, unknown>, timeoutSeconds: Int = 10) => {
    const target = URL.parse(url)
    if (!target || !/^https?:$/.test(target.protocol))
      throw new UserError(`"${url}" is not an http or https address.`)
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-relayed-by': context.executionId },
      body: JSON.stringify(payload),
      // Whichever comes first: the receiver is too slow, or the run is cancelled.
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    })
    const answer = (await response.text()).slice(0, 1000)
    logger.info('%s answered %d', target.host, response.status)
    if (!response.ok)
      return {
        success: false,
        error: `${target.host} answered ${response.status}`,
        status: response.status,
        answer,
      }
    return { status: response.status, answer }
  },
)
