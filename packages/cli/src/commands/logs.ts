import { type ExecutionSummary, type LogLevel, type LogLine, routes } from '@bifrost/contract'
import { type Connection, type ConnectionOptions, connect, explain } from '../connection.ts'
import { follow } from '../events.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { logText } from '../log-text.ts'
import { plain, print, tell } from '../terminal.ts'

export interface LogsOptions extends ConnectionOptions {
  workflow?: string
  follow?: boolean
  json?: boolean
  level?: LogLevel
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error']

/** `bifrost logs`: the log of a run, or of the latest one; with `--follow` to its end. */
export async function logsCommand(id: string | undefined, options: LogsOptions): Promise<number> {
  const lowest = options.level ? levels.indexOf(options.level) : 0
  if (lowest === -1) throw new CommandError(exitCodes.usage, `--level must be one of ${levels.join(', ')}.`)
  const connection = await connect(options)
  try {
    const run = await findRun(connection, id, options.workflow)
    if (!options.json) tell(`${plain(run.workflow_name)} ${run.id} ${run.status}`)
    const show = (line: LogLine) => {
      if (levels.indexOf(line.level) < lowest) return
      print(options.json ? JSON.stringify(line) : logText(line, process.stdout))
    }
    if (options.follow) await showUntilEnd(connection, run.id, show)
    else await showStored(connection, run.id, show)
    return exitCodes.ok
  } catch (cause) {
    throw explain(cause, connection)
  }
}

async function showStored({ api }: Connection, id: string, show: (line: LogLine) => void): Promise<void> {
  let after: number | null = 0
  while (after !== null) {
    const { items, next_after }: { items: LogLine[]; next_after: number | null } = await api(
      routes.getExecutionLogs,
      { params: { id }, query: { after } },
    )
    items.forEach(show)
    after = next_after
  }
}

/** Ctrl-C stops watching; the run continues. */
async function showUntilEnd(
  connection: Connection,
  id: string,
  show: (line: LogLine) => void,
): Promise<void> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  process.once('SIGINT', leave)
  try {
    for await (const { event, data } of follow(connection, id, leaving.signal)) {
      if (event === 'log') show(data)
      if (event === 'end') tell(data.status)
    }
  } catch (cause) {
    if (!leaving.signal.aborted) throw cause
  } finally {
    process.off('SIGINT', leave)
  }
}

async function findRun(
  { api }: Connection,
  id: string | undefined,
  workflow: string | undefined,
): Promise<Pick<ExecutionSummary, 'id' | 'workflow_name' | 'status'>> {
  if (id !== undefined) return api(routes.getExecution, { params: { id } })
  const { items } = await api(routes.listExecutions, {
    query: { limit: 1, ...(workflow === undefined ? {} : { workflow }) },
  })
  const [latest] = items
  if (latest) return latest
  throw new CommandError(exitCodes.usage, workflow ? `"${workflow}" has never run.` : 'Nothing has run yet.')
}
