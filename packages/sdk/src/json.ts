import { countValues, limits } from '@bifrost/contract'

/** A value that cannot be JSON, with its place. */
export class NotJsonError extends TypeError {
  override readonly name = 'ResultError'
}

/**
 * JSON text of a value that must be JSON as it is: what JSON would drop or bend is refused with the place inside the
 * value, because a result that comes back changed is worse than an error.
 */
export function toJsonText(value: unknown, root: string): string {
  requireJson(value, root)
  const text = JSON.stringify(value === undefined ? null : value)
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.resultBytesMax) {
    const megabytes = (n: number) => (n / 1024 / 1024).toFixed(1)
    throw new NotJsonError(
      `The ${root} is ${megabytes(bytes)} MB as JSON; the limit is ${megabytes(limits.resultBytesMax)} MB. Write it with files.write and return its path.`,
    )
  }
  if (hasTooManyValues(text))
    throw new NotJsonError(
      `The ${root} has more than ${limits.jsonValuesMax.toLocaleString('en-US')} values. Write it with files.write and return its path.`,
    )
  return text
}

/** Whether a JSON text has more values than may be kept in one piece; showing it means parsing all of them. */
export const hasTooManyValues = (text: string): boolean =>
  text.length > limits.jsonValuesMax && countValues(text) > limits.jsonValuesMax

/** Throws unless JSON gives the value back as it is. `undefined` as a whole counts as null. */
export function requireJson(value: unknown, root: string): void {
  assertJson(value === undefined ? null : value, root, new Set())
}

/** The same for what is sent to the platform: each member by its own name, and one that is undefined is not sent. */
export function requireJsonMembers(members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) if (value !== undefined) requireJson(value, name)
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
  if (parents.size >= limits.jsonDepthMax) throw tooDeep(path)
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
    if (!isPlain(object))
      throw refusal(path, withArticle(name), ADVICE[name] ?? 'use a plain object: { ...value }')
    if (typeof (object as { toJSON?: unknown }).toJSON === 'function')
      throw refusal(path, 'an object with a toJSON function', 'convert it to plain data')
    for (const key of Object.keys(object)) {
      const member = (object as Record<string, unknown>)[key]
      // An absent member and one that is undefined mean the same in TypeScript; JSON leaves both out.
      if (member !== undefined) assertJson(member, memberPath(path, key), parents)
    }
  }
  parents.delete(object)
}

/** JSON keeps the own members of these alone; of others it makes something else, mostly `{}`. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || prototype === Object.prototype
}

const withArticle = (name: string) => `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`

const ADVICE: Readonly<Record<string, string>> = {
  RegExp: 'use .source',
  URL: 'use .href',
  URLSearchParams: 'use .toString() or Object.fromEntries()',
  Headers: 'use Object.fromEntries()',
  FormData: 'use Object.fromEntries()',
  Response: 'read it first, with .json() or .text()',
  Request: 'send what is in it',
  Blob: 'write it with files.writeBytes',
  File: 'write it with files.writeBytes',
  String: 'use String() without new',
  Number: 'use Number() without new',
  Boolean: 'use Boolean() without new',
  Generator: 'use an array: [...values]',
  AsyncGenerator: 'use an array: await Array.fromAsync(values)',
}

const memberPath = (path: string, key: string) =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

export const className = (value: object): string => {
  const maker: unknown = Object.getPrototypeOf(value)?.constructor
  return typeof maker === 'function' && maker.name ? maker.name : 'Object'
}

const tooDeep = (path: string) =>
  new NotJsonError(
    `${rootOf(path)} is nested too deeply: ${limits.jsonDepthMax} levels at most. Flatten it, or write it with files.write and give its path.`,
  )

const rootOf = (path: string) => path.replace(/[.[].*/s, '')

const refusal = (path: string, what: string, advice: string) =>
  new NotJsonError(`${path} is ${what}, which JSON does not have: ${advice}.`)
