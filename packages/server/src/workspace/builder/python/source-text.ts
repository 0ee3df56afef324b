import { readFileSync } from 'node:fs'
import { limits } from '@bifrost/contract'
import { statOf } from '../look.ts'
import type { SourceText } from '../source-files.ts'

/** Generated modules have some megabytes; they are imported, and nothing is looked for in them. */
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** The text of a Python file, in whatever encoding it says, or why it is none; null when there is no such file. */
export function readPython(file: string): SourceText | null {
  const stat = statOf(file)
  if (!stat?.isFile()) return null
  if (stat.size > limits.pythonModuleBytesMax) {
    const size = Math.ceil(stat.size / 1024)
    return {
      text: null,
      problem: `The file is ${size} KB; Python modules may have ${limits.pythonModuleBytesMax / 1024} KB.`,
    }
  }
  try {
    return decodePython(readFileSync(file))
  } catch {
    return { text: null, problem: 'The file cannot be read; check its permissions.' }
  }
}

/** The text of these bytes, without a byte order mark. A line at the top may say in which encoding they are. */
export function decodePython(bytes: Buffer): SourceText {
  if (bytes.includes(0)) return { text: null, problem: 'The file is binary, not Python.' }
  const head = bytes
    .subarray(0, 400)
    .toString('latin1')
    .split(/\r\n|\r|\n/)
    .slice(0, 2)
  const named = head.map((line) => CODING.exec(line)?.[1]).find((name) => name !== undefined)
  const coding = (named ?? 'utf-8').toLowerCase().replaceAll('_', '-')
  if (/^(latin-?1|iso-?8859-1|l1)$/.test(coding)) return { text: bytes.toString('latin1'), problem: null }
  if (/^(cp-?1252|windows-1252)$/.test(coding))
    return { text: new TextDecoder('windows-1252').decode(bytes), problem: null }
  if (!/^(utf-?8(-sig)?|u8|us-ascii|ascii)$/.test(coding))
    return {
      text: null,
      problem: `The file says that its encoding is "${named}", which is not known here. Save it as UTF-8.`,
    }
  try {
    return { text: utf8.decode(bytes), problem: null }
  } catch {
    return { text: null, problem: 'The file is not UTF-8 text.' }
  }
}
