import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { codeLook } from './code-look.ts'

/** The text editor itself; loaded when a file is opened. Its owner gives it a key for each file. */
export default function CodeEditor({
  path,
  initial,
  line,
  readOnly,
  onChange,
  onSave,
}: {
  path: string
  initial: string
  line: number | undefined
  readOnly: boolean
  onChange: (content: string) => void
  onSave: () => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const handlers = useRef({ onChange, onSave })
  handlers.current = { onChange, onSave }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor owns its text from here on
  useEffect(() => {
    if (!place.current) return
    const lineEnd = initial.includes('\r\n') ? '\r\n' : '\n'
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: initial,
        extensions: [
          // A file keeps the line ends that it has.
          EditorState.lineSeparator.of(lineEnd),
          lineNumbers(),
          highlightActiveLineGutter(),
          highlightActiveLine(),
          history(),
          drawSelection(),
          indentOnInput(),
          indentUnit.of('  '),
          bracketMatching(),
          highlightSelectionMatches(),
          codeLook(path),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': `Content of ${path}`, tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.sliceDoc())
          }),
          keymap.of([
            {
              key: 'Mod-s',
              preventDefault: true,
              run: () => {
                handlers.current.onSave()
                return true
              },
            },
            // Escape, then Tab leaves the editor; Tab alone indents.
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
            indentWithTab,
          ]),
        ],
      }),
    })
    if (line !== undefined && line >= 1 && line <= view.state.doc.lines) {
      const from = view.state.doc.line(line).from
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' }),
      })
      view.focus()
    }
    return () => view.destroy()
  }, [path])

  return <div ref={place} className="h-full min-h-0" />
}
