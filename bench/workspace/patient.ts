import { context, logger, workflow } from 'bifrost'

/** Waits in its first attempt until it is killed, and ends at once in the next. */
export const patient = workflow(
  { category: 'Bench', retryPolicy: { maxRetries: 3, delaySeconds: 0 } },
  async () => {
    if (context.attempt > 1) return 'continued'
    logger.info(String(process.pid))
    await new Promise((resolve) => setTimeout(resolve, 120_000))
    return 'never killed'
  },
)
