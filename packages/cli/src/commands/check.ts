import { resolve } from 'node:path'
import type { Option, Parameter, SourceNote } from '@bifrost/contract'
import type { AnalyzedFile, Executable } from '@bifrost/server/workspace-types'
import { localSettings } from '../connection.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { color, plain, print } from '../terminal.ts'

/** `bifrost check`: reads a workspace as the server would and says what each form will be; answers the exit code. */
export async function checkCommand(
  folder: string | undefined,
  { json }: { json?: boolean },
): Promise<number> {
  const workspaceDir = folder === undefined ? (await localSettings()).workspaceDir : resolve(folder)
  const { existsSync } = await import('node:fs')
  if (!existsSync(workspaceDir))
    throw new CommandError(exitCodes.usage, `There is no folder ${workspaceDir}.`)
  const { createBuilder, listOwners } = await import('@bifrost/server/builder')
  const builder = createBuilder({ workspaceDir })
  try {
    const files: AnalyzedFile[] = []
    const typeErrors: SourceNote[] = []
    for (const owner of listOwners(workspaceDir)) {
      files.push(...(await builder.analyze(owner)))
      typeErrors.push(...(await builder.typeErrors(owner)))
    }
    const errors = distinct([...files.flatMap(errorsOf), ...sameNames(files), ...typeErrors])
    const ok = errors.length === 0
    if (json) print(JSON.stringify({ ok, workspace: workspaceDir, files, errors }))
    else printReport(files, errors)
    return ok ? exitCodes.ok : exitCodes.failed
  } finally {
    await builder.stop()
  }
}

function errorsOf({ error, executables }: AnalyzedFile): SourceNote[] {
  return [error, ...executables.map((one) => one.error)].filter((note) => note !== null)
}

/** What one owner's files share with another's is read for each of them, and told once. */
const distinct = (notes: readonly SourceNote[]): SourceNote[] => [
  ...new Map(notes.map((note) => [`${place(note)} ${note.message}`, note])).values(),
]

/** Two workflows of one name: the API could not tell them apart. */
function sameNames(files: readonly AnalyzedFile[]): SourceNote[] {
  const all = files.flatMap(({ path, executables }) => executables.map((one) => ({ path, one })))
  return [...Map.groupBy(all, ({ one }) => one.name)]
    .filter(([, places]) => places.length > 1)
    .flatMap(([name, places]) =>
      places.slice(1).map(({ path, one }) => ({
        message: `The name "${name}" is already used in ${places[0]?.path}`,
        path,
        line: one.line,
        column: null,
      })),
    )
}

function printReport(files: readonly AnalyzedFile[], errors: readonly SourceNote[]): void {
  let count = 0
  for (const { path, executables } of files)
    for (const one of executables) {
      count++
      for (const line of describe(path, one)) print(line)
      print('')
    }
  for (const note of errors)
    print(`${color(process.stdout, 'red', 'error')} ${place(note)}: ${plain(note.message)}`)
  const found = `${count} ${count === 1 ? 'workflow' : 'workflows'} in ${files.length} files`
  print(errors.length === 0 ? `${found}, no errors` : `${found}, ${errors.length} errors`)
}

function describe(path: string, one: Executable): string[] {
  const bold = (text: string): string => color(process.stdout, 'bold', text)
  const gray = (text: string): string => color(process.stdout, 'gray', text)
  const kind = one.type.replace('_', ' ')
  const lines = [`${bold(one.name)}  ${gray(`${kind} · ${one.category} · ${path}:${one.line}`)}`]
  if (one.description) lines.push(`  ${plain(one.description.split('\n')[0] ?? '')}`)
  if (one.parameters.length === 0) lines.push(gray('  no fields: a button'))
  lines.push(...fields(one.parameters, '  '))
  for (const note of one.warnings)
    lines.push(`  ${color(process.stdout, 'yellow', 'warning')} ${place(note)}: ${plain(note.message)}`)
  return lines
}

function fields(parameters: readonly Parameter[], indent: string): string[] {
  const width = Math.max(0, ...parameters.map(({ name }) => name.length + 1))
  return parameters.flatMap((parameter) => {
    const name = `${parameter.name}${parameter.required ? '*' : ''}`.padEnd(width)
    const help = parameter.help
      ? color(process.stdout, 'gray', `  ${plain(parameter.help.split('\n')[0] ?? '')}`)
      : ''
    return [
      `${indent}${name}  ${typeText(parameter)}${help}`,
      ...fields(parameter.fields ?? [], `${indent}  `),
    ]
  })
}

function typeText(parameter: Parameter): string {
  const base = parameter.type === 'list' ? `list of ${parameter.items ?? 'json'}` : parameter.type
  const choices = parameter.options ? `: ${parameter.options.map(choiceText).join(' | ')}` : ''
  const initial = parameter.default === null ? '' : ` = ${JSON.stringify(parameter.default)}`
  return `${base}${choices}${parameter.nullable ? ' or null' : ''}${initial}`
}

const choiceText = ({ value }: Option): string => JSON.stringify(value)
const place = ({ path, line, column }: SourceNote): string =>
  [path, line, column].filter((part) => part !== null).join(':')
