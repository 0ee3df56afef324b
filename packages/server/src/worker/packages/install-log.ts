const CHARACTERS_MAX = 64 * 1024
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*[A-Za-z]`, 'g')
const LINES_OF_REASON = 12
const REASON_MAX = 1500

/** What an installer says: its last part, without passwords and without paths of this machine. */
export class InstallLog {
  readonly #folder: string
  #text = ''

  constructor(folder: string) {
    this.#folder = folder
  }

  add(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString('utf8')).slice(-2 * CHARACTERS_MAX)
  }

  text(): string {
    const shown = this.#text
      .replaceAll(COLORS, '')
      .replaceAll(/[^\P{C}\n\t]/gu, '')
      .replaceAll(/\/\/[^/\s@]+@/g, '//')
      .replaceAll(`${this.#folder}/`, '')
    return shown.length > CHARACTERS_MAX ? `…${shown.slice(-CHARACTERS_MAX)}` : shown
  }

  /** The installer's own words for why it failed. */
  reason(): string {
    const lines = this.text()
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
    const first = lines.findIndex((line) => /^(error|× )/i.test(line))
    const told = first === -1 ? lines.slice(-LINES_OF_REASON) : lines.slice(first, first + LINES_OF_REASON)
    return told.join('\n').slice(0, REASON_MAX) || 'The installer ended without a word.'
  }
}
