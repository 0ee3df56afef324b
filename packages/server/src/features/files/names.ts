const NAME_BYTES_MAX = 240
const PATH_LENGTH_MAX = 1000

// Control characters, and those that turn the direction of the text or cannot be seen: a name must be what it looks like.
const UNSEEN = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
const FORBIDDEN = /[<>:"|?*\\]/
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Why a new file or folder cannot have this path, in words; null when it can. Names are such that every system has them. */
export function nameProblem(path: string): string | null {
  if (path.length > PATH_LENGTH_MAX) return `A path may have at most ${PATH_LENGTH_MAX} characters.`
  for (const name of path.split('/')) {
    const said = JSON.stringify(name)
    if (UNSEEN.test(name)) return `The name ${said} has invisible characters.`
    if (FORBIDDEN.test(name)) return `A name must not contain any of < > : " | ? * and \\: ${said}.`
    if (DEVICES.test(name)) return `${said} is the name of a device on some systems.`
    if (/[. ]$/.test(name) || name.startsWith(' '))
      return `A name may not end with a dot or a space, nor begin with a space: ${said}.`
    if (Buffer.byteLength(name) > NAME_BYTES_MAX)
      return `A name may have at most ${NAME_BYTES_MAX} bytes: ${said}.`
  }
  return null
}
