import { limits } from '@bifrost/contract'

/** A value that cannot be JSON, with its place. */
export class NotJsonError extends TypeError {
  override readonly name = 'ResultError'
}

/**
 * JSON text of a value that must be JSON as it is: what JSON would drop or bend is refused with the place inside the
 * value, because a result that comes back changed is worse than an error.
 */
export function toJsonText(value: unknown, root: string): string {
  assertJson(value === undefined ? null : value, root, new Set())
  const text = JSON.stringify(value === undefined ? null : value)
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.resultBytesMax) {
    const megabytes = (n: number) => (n / 1024 / 1024).toFixed(1)
    throw new NotJsonError(
      `The ${root} is ${megabytes(bytes)} MB as JSON; the limit is ${megabytes(limits.resultBytesMax)} MB. Write it with files.write and return its path.`,
    )
  }
  return text
}

function assertJson(value: unknown, path: string, parents: Set<object>): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (Number.isFinite(value)) return
      throw refusal(path, String(value), 'use null or a text')
    case 'bigint':
      throw refusal(path, 'a BigInt', 'use String() or Number()')
    case 'undefined':
      throw refusal(path, 'undefined', 'use null')
    case 'function':
    case 'symbol':
      throw refusal(path, `a ${typeof value}`, 'leave it out')
  }
  if (value === null) return
  const object = value as object
  if (parents.has(object)) throw refusal(path, 'a circular reference', 'return the parts that are needed')
  if (parents.size > limits.jsonDepthMax * 4) throw refusal(path, 'nested too deeply', 'flatten it')
  parents.add(object)
  if (Array.isArray(object)) {
    for (let index = 0; index < object.length; index++)
      assertJson(object[index], `${path}[${index}]`, parents)
  } else {
    const name = className(object)
    if (name === 'Date') throw refusal(path, 'a Date', 'use .toISOString()')
    if (name === 'Map') throw refusal(path, 'a Map', 'use Object.fromEntries()')
    if (name === 'Set') throw refusal(path, 'a Set', 'use an array: [...set]')
    if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer)
      throw refusal(path, `bytes (${name})`, 'write them with files.writeBytes, or use base64')
    if (object instanceof Promise) throw refusal(path, 'a Promise', 'await it')
    if (object instanceof Error) throw refusal(path, `an Error (${name})`, 'use its message')
    if (typeof (object as { toJSON?: unknown }).toJSON === 'function')
      throw refusal(path, `a ${name}`, 'convert it to plain data')
    for (const key of Object.keys(object)) {
      const member = (object as Record<string, unknown>)[key]
      // An absent member and one that is undefined mean the same in TypeScript; JSON leaves both out.
      if (member !== undefined) assertJson(member, memberPath(path, key), parents)
    }
  }
  parents.delete(object)
}

const memberPath = (path: string, key: string) =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

export const className = (value: object): string => {
  const maker: unknown = Object.getPrototypeOf(value)?.constructor
  return typeof maker === 'function' && maker.name ? maker.name : 'Object'
}

const refusal = (path: string, what: string, advice: string) =>
  new NotJsonError(`${path} is ${what}, which JSON does not have: ${advice}.`)
