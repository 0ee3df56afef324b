import { logger, workflow } from 'bifrost'

/** Logs the machine's monotonic clock, which the reader of the stream has too. */
export const chatty = workflow({ category: 'Bench' }, async (lines: number, pauseMs: number) => {
  for (let line = 0; line < lines; line += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    logger.info(String(process.hrtime.bigint()))
  }
})
