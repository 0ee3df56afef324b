import { parser } from '@lezer/python'
import { maskForParser } from './masks.ts'
import { type TextProblem, type Tokens, tokenize } from './tokens.ts'

type Tree = ReturnType<typeof parser.parse>
export type SyntaxNode = Tree['topNode']

/** A Python text and its tree. Places in the tree are places in the text. */
export interface Parsed {
  text: string
  tree: Tree
  /** The first mistake; what the tree says of the rest may be wrong. */
  problem: TextProblem | null
}

/** Parses Python. A text with a mistake has a tree as well, with a `problem`. */
export function parsePython(text: string, { tokens, problem }: Tokens = tokenize(text)): Parsed {
  const tree = parser.parse(maskForParser(text, tokens))
  const own = firstError(tree, text)
  const first = problem && own ? (problem.at <= own.at ? problem : own) : (problem ?? own)
  return { text, tree, problem: first }
}

const PYTHON_2 = 'this is Python 2, and workflows are Python 3'

function firstError(tree: Tree, text: string): TextProblem | null {
  let found: TextProblem | null = null
  const take = (at: number, message: string) => {
    if (!found || at < found.at) found = { at, message }
  }
  tree.iterate({
    enter({ type, from, to, node }) {
      // What is wrong in a field of an f-string is so only there, and fields are more than the grammar knows.
      if (type.name === 'FormatString') return false
      if (type.isError) take(from, mistakeAt(text, from))
      else if (type.name === 'PrintStatement') take(from, `"print" needs brackets; ${PYTHON_2}`)
      else if (type.name === 'CompareOp' && text.slice(from, to) === '<>')
        take(from, `"<>" is written "!=" now; ${PYTHON_2}`)
      else if (type.name === 'Number' && /^0\d*[1-9]\d*$/.test(text.slice(from, to)))
        take(from, 'a number begins with 0')
      else if (type.name === 'RaiseStatement' && node.getChild(','))
        take(from, `"raise" takes one value; ${PYTHON_2}`)
      return
    },
  })
  return found
}

function mistakeAt(text: string, at: number): string {
  const rest = /^[ \t]*(?:(\w+)|(\S))?/.exec(text.slice(at, at + 200))
  const found = rest?.[1] ?? rest?.[2]
  return found === undefined
    ? 'something is missing at the end of the line'
    : `"${found}" is not expected here`
}
