import { CommanderError } from 'commander'
import { CommandError, exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { tell } from './terminal.ts'

/** Runs the command line and answers its exit code. */
export async function runProgram(args: readonly string[], launchers: number[] = []): Promise<number> {
  let exitCode: number = exitCodes.ok
  const program = createProgram((code) => {
    exitCode = code
  }, launchers)
  for (const command of [program, ...program.commands]) command.exitOverride()
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (cause) {
    // Commander has said it already; help and version end with 0, everything else is wrong usage.
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const known = cause instanceof CommandError || (cause as Error).name === 'ConfigError'
    tell(known ? (cause as Error).message : String((cause as Error).stack))
    return cause instanceof CommandError ? cause.exitCode : known ? exitCodes.usage : exitCodes.failed
  }
}

if (import.meta.main) {
  // From bin/bifrost.mjs under an older Node, which waits for us: when it is killed, a server must not continue alone.
  const [first = '', ...rest] = process.argv.slice(2)
  const launcher = /^--launcher=(\d+)$/.exec(first)?.[1]
  process.exitCode = await runProgram(
    launcher ? rest : process.argv.slice(2),
    launcher ? [Number(launcher)] : [],
  )
}
