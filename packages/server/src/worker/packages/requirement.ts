const LINES_MAX = 500
const LINE_MAX = 2000
/** What else than the name of a package a line may say. Files and programs of the machine are none of it. */
const OPTIONS =
  /^(--pre|--prefer-binary|--require-hashes|(-i|--index-url|--extra-index-url)[ =]\s*https?:\/\/\S+)$/

/** Why these requirements are not handed to an installer; null when they are. */
export function problemOfRequirements(lines: readonly string[]): string | null {
  if (lines.length > LINES_MAX) return `There are more than ${LINES_MAX} requirements.`
  for (const line of lines) {
    if (line.startsWith('# ')) return `${line.slice(2)}.`
    if (line.length > LINE_MAX || /[\r\n\0]/.test(line)) return 'A requirement is too long.'
    if (line.startsWith('-') && !OPTIONS.test(line))
      return `"${line}" is not supported: list the packages themselves. Of options, --index-url, --extra-index-url, --pre, --prefer-binary and --require-hashes may be there.`
    if (/^[./~]|^[a-z]:\\|(^|[@+\s])file:/i.test(line))
      return `"${line}" is a path, and an installation reads no files of the server. Put the modules into the workspace, or the package where the server finds it (PIP_FIND_LINKS).`
  }
  return null
}
