import { type LogLevel, limits } from '@bifrost/contract'
import type { Engine } from '../engine/types.ts'
import type { Attempt } from './attempt.ts'

/** Writes a line of a run. Resolves when it is stored; undefined for a line that is dropped. */
export function writeLog(
  engine: Engine,
  workerId: string,
  attempt: Attempt,
  line: { level: LogLevel; message: string; at: number },
): Promise<unknown> | undefined {
  // The child counts, too, but it cannot be trusted to.
  const { run } = attempt
  let { level, message } = line
  const quota = engine.quotas.limit(run.scope.orgId, 'log_lines_per_run') ?? limits.logLinesMax
  if (attempt.ended || attempt.logCount > Math.min(quota, limits.logLinesMax)) return undefined
  if (attempt.logCount === quota && quota < limits.logLinesMax) {
    level = 'warning'
    message = `Further log lines are not kept: your organization may have ${quota} per run.`
  }
  attempt.logsWritten = engine.logs
    .add({
      executionId: run.executionId,
      claim: run.claim,
      workerId,
      orgId: run.scope.orgId,
      seq: attempt.nextLogSeq(),
      level,
      at: line.at,
      message: attempt.redactor.text(message.slice(0, limits.logLineBytesMax + 100)),
    })
    .then(
      () => engine.notifier.publish(`execution:${run.executionId}`),
      (error: unknown) => engine.log.error({ err: error }, 'writing a log line failed'),
    )
  return attempt.logsWritten
}
