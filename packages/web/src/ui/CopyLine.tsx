import { CopyButton } from './CopyButton.tsx'

/** A key or an address in full, with a button that copies it. */
export function CopyLine({ text, label, testId }: { text: string; label: string; testId?: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 font-mono text-sm break-all" data-testid={testId}>
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  )
}
