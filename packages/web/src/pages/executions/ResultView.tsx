import type { Json, ResultKind } from '@bifrost/contract'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { HtmlFrame } from '../../ui/HtmlFrame.tsx'
import { JsonTree } from '../../ui/JsonTree.tsx'

/** How a result shows when the answer does not say it: text that starts with `<` is HTML (spec B5). */
export const resultKindOf = (result: Json): ResultKind =>
  typeof result !== 'string' ? 'json' : result.trimStart().startsWith('<') ? 'html' : 'text'

/** A result as what it is: a tree, text, or a page in its sandbox. */
export function ResultView({ result, kind }: { result: Json; kind: ResultKind }) {
  if (kind === 'html' && typeof result === 'string') return <HtmlFrame html={result} />
  if (kind === 'text' && typeof result === 'string')
    return (
      <div className="relative">
        <pre className="overflow-x-auto rounded-md bg-sunken p-4 pr-12 font-sans whitespace-pre-wrap">
          {result}
        </pre>
        <div className="absolute top-2 right-2">
          <CopyButton text={result} label="Copy the text" />
        </div>
      </div>
    )
  return <JsonTree value={result} label="Result" />
}
