import { type HistoryCheck, limits, routes } from '@bifrost/contract'
import { type ConnectionOptions, connect, explain } from '../connection.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { color, plain, print } from '../terminal.ts'

export interface CheckHistoriesOptions extends ConnectionOptions {
  workflow?: string
  ended?: string
  json?: boolean
}

/**
 * `bifrost check --histories`: asks the server which runs would break if they were moved to the code as it is now; answers
 * the exit code.
 */
export async function checkHistoriesCommand(options: CheckHistoriesOptions): Promise<number> {
  const ended = Number(options.ended ?? 0)
  if (!Number.isInteger(ended) || ended < 0 || ended > limits.historiesCheckedMax)
    throw new CommandError(
      exitCodes.usage,
      `--ended is a whole number from 0 to ${limits.historiesCheckedMax}, not ${options.ended}.`,
    )
  const connection = await connect(options)
  const { items, left } = await connection
    .api(routes.checkHistories, {
      body: { ...(options.workflow ? { workflow: options.workflow } : {}), ended },
    })
    .catch((cause: unknown) => {
      throw explain(cause, connection)
    })
  const bad = items.filter((one) => one.outcome !== 'fits')
  // What a check cannot tell, a person has to look at; the code is not at fault.
  const ok = !bad.some((one) => one.outcome !== 'unknown')
  if (options.json) print(JSON.stringify({ ok, items, left }))
  else {
    for (const one of bad) print(lineOf(one))
    const runs = `${items.length} ${items.length === 1 ? 'history' : 'histories'}`
    print(
      bad.length === 0 ? `${runs} checked, all fit the code` : `${runs} checked, ${bad.length} to look at`,
    )
    if (left > 0) print(`${left} more runs wait; check them by workflow with --workflow`)
  }
  return ok ? exitCodes.ok : exitCodes.failed
}

function lineOf({
  outcome,
  workflow_name,
  execution_id,
  status,
  expected,
  asked,
  message,
}: HistoryCheck): string {
  const mark =
    outcome === 'unknown' ? color(process.stdout, 'yellow', 'unknown') : color(process.stdout, 'red', outcome)
  const why =
    outcome === 'breaks'
      ? `its history has "${expected}" where the code asks for "${asked}"`
      : (message ?? '')
  return `${mark} ${plain(workflow_name)} ${execution_id} (${status.toLowerCase()}): ${plain(why)}`
}
