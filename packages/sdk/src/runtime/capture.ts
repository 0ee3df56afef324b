import { limits } from '@bifrost/contract'
import { describeValue } from './describe.ts'

/** The locals of one call; the instrumented code writes them here as they change. */
export type Frame = Record<string, unknown>

const functionName = Symbol('functionName')
const functionId = Symbol('functionId')

// No prototype, so that any variable name is an ordinary member; made by a constructor, so that V8 keeps it fast.
// The symbols are not variables, and Object.entries passes them over.
function FrameObject(this: Record<symbol, string>, name: string, id: string) {
  this[functionName] = name
  this[functionId] = id
}
FrameObject.prototype = Object.create(null)
export const newFrame = (name: string, id: string): Frame =>
  new (FrameObject as unknown as new (name: string, id: string) => Frame)(name, id)

const symbolsOf = (frame: Frame) => frame as unknown as Record<symbol, string>

interface Entry {
  frame: Frame
  /** The failing call of a function is kept, though others of the same function run on. */
  pinned: boolean
}

/**
 * What the functions of one run have in their variables: per function the call that failed, else the latest.
 * It costs one object per call and nothing per statement but a store.
 */
export class VariableCapture {
  readonly #entries = new Map<string, Entry>()

  enter(name: string, id: string): Frame {
    const frame = newFrame(name, id)
    const entry = this.#entries.get(id)
    if (!entry) this.#entries.set(id, { frame, pinned: false })
    else if (!entry.pinned) entry.frame = frame
    return frame
  }

  failed(frame: Frame): void {
    const id = symbolsOf(frame)[functionId] ?? ''
    if (this.#entries.get(id)?.pinned) return
    this.#entries.set(id, { frame, pinned: true })
  }

  /**
   * All variables by name as JSON text. The outermost function has the plain names; a name that is taken is written
   * `function.name`.
   */
  toJsonText(): string {
    const members: string[] = []
    const taken = new Set<string>()
    let bytes = 2
    let leftOut = 0
    for (const { frame } of this.#entries.values()) {
      for (const [name, value] of Object.entries(frame)) {
        const key = taken.has(name) ? `${symbolsOf(frame)[functionName]}.${name}` : name
        if (taken.has(key)) continue
        taken.add(key)
        const member = `${JSON.stringify(key)}:${JSON.stringify(describeValue(value))}`
        bytes += member.length + 1
        if (bytes > limits.variablesBytesMax) leftOut++
        else members.push(member)
      }
    }
    if (leftOut > 0)
      members.push(`"…":"${leftOut} more variables; the limit is ${limits.variablesBytesMax / 1024} KB"`)
    return `{${members.join(',')}}`
  }
}
