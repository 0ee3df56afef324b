import { useState } from 'react'
import { SegmentedControl } from './SegmentedControl.tsx'

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/**
 * HTML that a workflow made, on an origin of its own: no scripts, no forms, no network, no way to the page around it.
 * It always stands on white, because its author cannot know the reader's theme.
 */
export function HtmlFrame({ html }: { html: string }) {
  const [view, setView] = useState<'page' | 'source'>('page')
  const page = `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"></head><body>${html}</body></html>`
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
          title="HTML result"
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
