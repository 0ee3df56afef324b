import type { SourceNote } from '@bifrost/contract'
import { nearestOption, type OptionValues, optionReaders } from './options.ts'
import type { DefinedBy } from './sdk-symbols.ts'
import type { StaticValue } from './static-value.ts'

/** The value of an option as the source tells it, or the first part of it that only a run could tell. */
export interface OptionEntry<Node> {
  node: Node
  result: { known: true; value: StaticValue } | { known: false; node: Node }
}

export interface OptionTools<Node> {
  noteAt(message: string, node: Node): SourceNote
  warn(message: string, node: Node): void
  /** The names of options in the language of the file; absent: as they are. */
  inWordsOf?: (message: string) => string
}

/** What the options of a definition say, by their names in TypeScript. The first that cannot be is an error. */
export function readOptionEntries<Node>(
  definedBy: DefinedBy,
  entries: ReadonlyMap<string, OptionEntry<Node>>,
  { noteAt, warn, inWordsOf = (message) => message }: OptionTools<Node>,
): { values: OptionValues; error: SourceNote | null } {
  const values: OptionValues = {}
  let error: SourceNote | null = null
  const readers = optionReaders[definedBy]
  for (const [name, { node, result }] of entries) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!reader) warn(inWordsOf(unknownOption(name, definedBy)), node)
    else if (!result.known)
      warn(
        inWordsOf(`The option "${name}" cannot be read without running the code, so its default is used.`),
        result.node,
      )
    else if (result.value !== undefined) {
      const problem = reader(result.value, values, (message) => warn(inWordsOf(message), node))
      if (problem) error ??= noteAt(inWordsOf(`The option "${name}" ${problem}.`), node)
    }
  }
  return { values, error }
}

function unknownOption(name: string, definedBy: DefinedBy): string {
  if (definedBy === 'graph' && name === 'name')
    return 'The option "name" has no effect on a graph; its name is the first argument.'
  if (definedBy !== 'workflow' && Object.hasOwn(optionReaders.workflow, name))
    return `The option "${name}" has no effect on a ${definedBy === 'tool' ? 'tool' : 'data provider'}.`
  const near = nearestOption(name, definedBy)
  return `Unknown option "${name}"; it is ignored.${near ? ` Did you mean "${near}"?` : ''}`
}
