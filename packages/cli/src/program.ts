import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { checkCommand } from './commands/check.ts'
import { type CheckHistoriesOptions, checkHistoriesCommand } from './commands/check-histories.ts'
import { doctorCommand } from './commands/doctor.ts'
import { loginCommand, logoutCommand, whoamiCommand } from './commands/login.ts'
import { type LogsOptions, logsCommand } from './commands/logs.ts'
import { type PullOptions, pullCommand } from './commands/pull.ts'
import { type PushOptions, pushCommand } from './commands/push.ts'
import { rotateKeyCommand } from './commands/rotate-key.ts'
import { type RunOptions, runCommand } from './commands/run.ts'
import { startCommand } from './commands/start.ts'
import type { ConnectionOptions } from './connection.ts'
import { exitCodesHelp } from './exit-codes.ts'

const urlOption = () =>
  new Option(
    '--url <address>',
    'the server (default: BIFROST_URL, else that of bifrost login, else http://localhost:$PORT)',
  )
const keyOption = () =>
  new Option(
    '--api-key <key>',
    'an API key (default: BIFROST_API_KEY, else that of bifrost login, else the key of the server on this machine)',
  )

/** The commands. `onExit` hears the exit code of the command that ran. */
export function createProgram(onExit: (code: number) => void, launchers: number[]): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const program = new Command('bifrost')
    .description('Run and manage Bifrost: TypeScript functions as forms, API calls and durable runs.')
    .version(version)
    .showHelpAfterError('Add --help for usage.')
    .addHelpText(
      'after',
      `
Examples:
  $ bifrost start                                  run the platform
  $ bifrost run onboardUser --email ada@corp.test  run a workflow, see its log, get its result
  $ bifrost check                                  read the workspace as the server would
  $ bifrost doctor                                 find out why something does not work
${exitCodesHelp}`,
    )

  program
    .command('start')
    .description('run the platform until Ctrl-C')
    .option('--port <port>', 'port of the web app and the API (PORT)')
    .option('--workspace <folder>', 'folder whose files define the workflows (BIFROST_WORKSPACE)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost start\n  $ bifrost start --workspace ./flows --port 8080\n\nAll settings: bifrost doctor',
    )
    .action((options: { port?: string; workspace?: string }) =>
      startCommand({ ...options, dev: false, launchers }),
    )

  program
    .command('api')
    .description('run only the web app and the API, and read the workspace; needs DATABASE_URL')
    .option('--port <port>', 'port of the web app and the API (PORT)')
    .option('--workspace <folder>', 'folder whose files define the workflows (BIFROST_WORKSPACE)')
    .addHelpText('after', rolesHelp)
    .action((options: { port?: string; workspace?: string }) =>
      startCommand({ ...options, as: 'api', dev: false, launchers }),
    )

  program
    .command('worker')
    .description('run only workflows; needs DATABASE_URL')
    .addHelpText('after', rolesHelp)
    .action(() => startCommand({ as: 'worker', dev: false, launchers }))

  program
    .command('scheduler')
    .description('run only the scheduler: timers, planned runs, runs of lost workers; needs DATABASE_URL')
    .addHelpText('after', rolesHelp)
    .action(() => startCommand({ as: 'scheduler', dev: false, launchers }))

  program
    .command('dev')
    .description('run the platform while you write workflows; prints what it reloads')
    .option('--port <port>', 'port of the web app and the API (PORT)')
    .option('--workspace <folder>', 'folder whose files define the workflows (BIFROST_WORKSPACE)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost dev --workspace ./flows\n\nA saved file is read at once, and its next run uses the new code; nothing has to be restarted.',
    )
    .action((options: { port?: string; workspace?: string }) =>
      startCommand({ ...options, dev: true, launchers }),
    )

  program
    .command('run')
    .description('run a workflow, see its log, get its result')
    .argument('<workflow>', 'name or ID')
    .argument('[values...]', 'parameters of the workflow, as --name value')
    .usage('<workflow> [--name value …] [options]')
    .option(
      '--param <name=value>',
      'a parameter whose name is also an option of this command; may be repeated',
      collect,
      [],
    )
    .option('--input <json>', 'the whole input: JSON, @file.json, or - for standard input')
    .option('--json', 'one JSON object on standard output, nothing else')
    .option('--async', 'print the ID of the run without waiting for it')
    .addOption(urlOption())
    .addOption(keyOption())
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
Values are read by the type of their parameter:
  --count 3 --dry-run --no-notify     numbers, switches on and off
  --email a@b.c --email d@e.f         a list: repeat it, or give --emails '["a@b.c"]'
  --address.city Berlin               a member of an object
  --report ./march.csv                a file: it is uploaded
Names may be written as in the code (apiKey) or with hyphens (api-key).

The log goes to standard error, the result to standard output as JSON:
  $ bifrost run licenseReport --idle-days 60 | jq .savedPerMonth
  $ bifrost run exportDevices --input @devices.json --json
  $ echo '{"name":"Ada"}' | bifrost run hello --input -
  $ bifrost run nightlyInventory --async

Ctrl-C cancels the run; a second Ctrl-C leaves without waiting.
${exitCodesHelp}`,
    )
    .action(async (workflow: string, values: string[], options: RunOptions) =>
      onExit(await runCommand(workflow, values, options)),
    )

  program
    .command('check')
    .description('read a workspace as the server would: forms, warnings, type errors')
    .argument('[folder]', 'the workspace (default: BIFROST_WORKSPACE)')
    .option('--histories', 'replay the histories of waiting runs against the current code of a server')
    .option('--workflow <name>', 'with --histories: only of this workflow')
    .option('--ended <count>', 'with --histories: also this many of the latest ended runs')
    .option('--json', 'one JSON object on standard output')
    .addOption(urlOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost check\n  $ bifrost check --histories --workflow orders\n  $ bifrost check ./flows --json\n\nOnly --histories needs a server. Exit code 1 when there are errors, or runs that would break, so it can guard a commit.',
    )
    .action(async (folder: string | undefined, options: CheckHistoriesOptions & { histories?: boolean }) =>
      onExit(options.histories ? await checkHistoriesCommand(options) : await checkCommand(folder, options)),
    )

  program
    .command('pull')
    .description("write the files of the server's workspace into a folder")
    .argument('[folder]', 'target folder (default: this one)')
    .option('--force', "take the server's files even where ours were changed")
    .option('--dry-run', 'only show what would be done')
    .addOption(urlOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost pull ./flows --url https://bifrost.example.com\n  $ bifrost pull --dry-run',
    )
    .action(async (folder: string | undefined, options: PullOptions) =>
      onExit(await pullCommand(folder, options)),
    )

  program
    .command('push')
    .description("send what was changed in a folder to the server's workspace")
    .argument('[folder]', 'source folder (default: this one)')
    .option('--force', 'overwrite what others changed on the server')
    .option('--delete', 'delete files on the server that were deleted here')
    .option('--dry-run', 'only show what would be done')
    .addOption(urlOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost push ./flows\n  $ bifrost push --dry-run\n\nExit code 1 when a file was changed on the server since the last pull.',
    )
    .action(async (folder: string | undefined, options: PushOptions) =>
      onExit(await pushCommand(folder, options)),
    )

  program
    .command('logs')
    .description('show the log of a run; without an ID, of the latest one')
    .argument('[execution]', 'ID of the run')
    .option('--workflow <name>', 'the latest run of this workflow')
    .option('-f, --follow', 'continue until the run ends')
    .option('--level <level>', 'lowest level to show: debug, info, warning, error')
    .option('--json', 'one JSON object per line')
    .addOption(urlOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost logs\n  $ bifrost logs --workflow nightlyInventory --follow',
    )
    .action(async (execution: string | undefined, options: LogsOptions) =>
      onExit(await logsCommand(execution, options)),
    )

  program
    .command('rotate-key')
    .description('encrypt all secrets with another secret key')
    .option('--values', 'encrypt the secrets themselves again as well, each with a new data key')
    .addHelpText(
      'after',
      `
A key in the data folder is replaced by a new one; stop the platform first:
  $ bifrost rotate-key

With a key of your own, restart every process with both keys, then run this with the same settings:
  $ BIFROST_SECRET_KEY=<new> BIFROST_SECRET_KEY_PREVIOUS=<current> bifrost rotate-key

After an interruption, run it again: it continues where it stopped. Exit code 1 when a secret can be decrypted with neither key.`,
    )
    .action(async (options: { values?: boolean }) => onExit(await rotateKeyCommand(options)))

  const serverOption = () => new Option('--server <address>', 'the server (default: as for other commands)')
  program
    .command('login')
    .description(
      'sign in to a server by confirming a code in the browser; other commands use it from then on',
    )
    .addOption(serverOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost login --server https://bifrost.example.com\n  $ bifrost whoami\n  $ bifrost logout\n\nThe key is valid for 90 days and only this user can read it.',
    )
    .action(async ({ server }: ServerOptions) => onExit(await loginCommand(server ? { url: server } : {})))
  program
    .command('logout')
    .description('sign out: revoke and delete the key of the login')
    .addOption(serverOption())
    .action(async ({ server }: ServerOptions) => onExit(await logoutCommand(server ? { url: server } : {})))
  program
    .command('whoami')
    .description('show the server that commands go to, and your account there')
    .option('--json', 'one JSON object on standard output')
    .addOption(urlOption())
    .addOption(keyOption())
    .action(async (options: ConnectionOptions & { json?: boolean }) => onExit(await whoamiCommand(options)))

  program
    .command('doctor')
    .description('check everything that a start needs, and list all settings')
    .option('--json', 'one JSON object on standard output')
    .addOption(urlOption())
    .addOption(keyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bifrost doctor\n  $ bifrost doctor --url https://bifrost.example.com\n\nExit code 1 when something fails.',
    )
    .action(async (options: ConnectionOptions & { json?: boolean }) => onExit(await doctorCommand(options)))

  return program
}

interface ServerOptions {
  server?: string
}

const rolesHelp = `
Separate processes, any number of each, on one PostgreSQL and with one BIFROST_SECRET_KEY:
  $ bifrost api
  $ bifrost worker
  $ bifrost worker
  $ bifrost scheduler

bifrost start is all three in one process.`

const collect = (value: string, before: string[]): string[] => [...before, value]
