/** What an author wrote about a workflow or a parameter; what stands in backticks shows as code. */
export function Prose({ text }: { text: string }) {
  return text.split(/`([^`\n]+)`/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
      <code key={at} className="rounded-sm bg-sunken px-1 font-mono text-[0.92em] ring-1 ring-line">
        {part}
      </code>
    ),
  )
}
