import { MergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { codeLook } from './code-look.ts'

interface Version {
  name: string
  text: string
}

/** Two versions of a file side by side: what differs stands out, and what is the same is folded. */
export default function TwoVersions({ path, left, right }: { path: string; left: Version; right: Version }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!place.current) return
    const side = ({ name, text }: Version): { doc: string; extensions: Extension } => ({
      doc: text,
      extensions: [
        codeLook(path),
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
      ],
    })
    const view = new MergeView({
      a: side(left),
      b: side(right),
      parent: place.current,
      gutter: true,
      collapseUnchanged: { margin: 3, minSize: 6 },
    })
    return () => view.destroy()
  }, [path, left, right])
  return (
    <div
      ref={place}
      className="h-[min(26rem,40vh)] overflow-auto rounded-md border border-line bg-sunken text-xs"
    />
  )
}
