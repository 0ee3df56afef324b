import { CopyButton } from './CopyButton.tsx'
import { ScrollRegion } from './ScrollRegion.tsx'

/** A command or snippet to copy. */
export function CodeSample({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative">
      <ScrollRegion
        label={label}
        className="overflow-x-auto rounded-lg border border-line bg-sunken p-3.5 pr-12 font-mono text-sm leading-[1.6] whitespace-pre"
      >
        {code}
      </ScrollRegion>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken">
        <CopyButton text={code} label={`Copy ${label}`} />
      </div>
    </div>
  )
}
