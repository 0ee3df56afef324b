const NAME_LENGTH_MAX = 200

/** Refuses a name that could not be a key in the journal. */
export function requireStepName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX || name.includes('\0'))
    throw new TypeError(
      `A step needs a name of 1 to ${NAME_LENGTH_MAX} characters; it is ${JSON.stringify(name)?.slice(0, 100)}.`,
    )
}
