import { useState } from 'react'
import { SegmentedControl } from './SegmentedControl.tsx'

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/** What bare HTML looks like; in a layer, so that anything its author says comes before it. */
const plainLook = `@layer {
  body { margin: 16px; font: 14px/1.55 system-ui, sans-serif; color: #16232c; overflow-wrap: break-word }
  h1, h2, h3 { line-height: 1.25; margin: 1.2em 0 0.4em } h1 { font-size: 22px } h2 { font-size: 17px } h3 { font-size: 14px }
  body > :first-child { margin-top: 0 }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid #dfe5e9; text-align: left }
  th { font-weight: 600; color: #51616c } code, pre { font-size: 13px } img { max-width: 100% }
}`

/**
 * HTML that a workflow made, on an origin of its own: no scripts, no forms, no network, no way to the page around it.
 * It always stands on white, because its author cannot know the reader's theme.
 */
export function HtmlFrame({
  html,
  bare = false,
  title = 'HTML result',
}: {
  html: string
  /** The page alone, without a look at its source. */
  bare?: boolean
  title?: string
}) {
  const [view, setView] = useState<'page' | 'source'>('page')
  const page = `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><style>${plainLook}</style></head><body>${html}</body></html>`
  if (bare)
    return (
      <iframe
        title={title}
        sandbox=""
        srcDoc={page}
        className="h-40 w-full resize-y rounded-md border border-line bg-[#fff] [color-scheme:light]"
      />
    )
  return (
    <div>
      <div className="mb-2">
        <SegmentedControl
          label="View"
          value={view}
          onChange={setView}
          options={[
            { value: 'page', label: 'Page' },
            { value: 'source', label: 'Source' },
          ]}
        />
      </div>
      {view === 'page' ? (
        <iframe
          title={title}
          sandbox=""
          srcDoc={page}
          className="h-[min(34rem,70vh)] w-full rounded-md border border-line bg-[#fff] [color-scheme:light]"
        />
      ) : (
        <pre className="overflow-x-auto rounded-md bg-sunken p-4 font-mono text-sm whitespace-pre-wrap">
          {html}
        </pre>
      )}
    </div>
  )
}
