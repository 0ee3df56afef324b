import { javascript } from '@codemirror/lang-javascript'
import { json } from '@codemirror/lang-json'
import { python } from '@codemirror/lang-python'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--color-accent)' },
  { tag: [tags.string, tags.regexp], color: 'var(--color-ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--color-warn)' },
  { tag: [tags.comment, tags.docComment], color: 'var(--color-faint)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.className, tags.propertyName], color: 'var(--color-live)' },
  { tag: tags.invalid, color: 'var(--color-bad)' },
])

const theme = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '13px',
    backgroundColor: 'var(--color-surface)',
    color: 'var(--color-ink)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--color-ink)', paddingBlock: '10px' },
  '.cm-cursor': { borderLeftColor: 'var(--color-ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--color-surface)',
    color: 'var(--color-faint)',
    border: 'none',
    paddingRight: '6px',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--color-sunken)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--color-accent) 24%, transparent)',
  },
  '.cm-matchingBracket': {
    backgroundColor: 'var(--color-accent-soft)',
    outline: '1px solid var(--color-accent)',
  },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--color-warn-soft)' },
  // Lines that two versions have in common. The arrows around their number are missing in many fonts.
  '.cm-content .cm-collapsedLines': { background: 'var(--color-hover)', color: 'var(--color-muted)' },
  '.cm-content .cm-collapsedLines:before, .cm-content .cm-collapsedLines:after': { content: '""' },
  '.cm-panels': { backgroundColor: 'var(--color-sunken)', color: 'var(--color-ink)' },
  '.cm-textfield, .cm-button': {
    background: 'var(--color-surface)',
    border: '1px solid var(--color-edge)',
    borderRadius: '4px',
    color: 'var(--color-ink)',
  },
})

function languageOf(path: string): Extension {
  if (/\.[cm]?[jt]sx?$/.test(path))
    return javascript({ typescript: !/\.[cm]?jsx?$/.test(path), jsx: /x$/.test(path) })
  if (path.endsWith('.py')) return python()
  return path.endsWith('.json') ? json() : []
}

/** How code of a file looks, in the editor and where two versions of it are shown. */
export const codeLook = (path: string): Extension => [syntaxHighlighting(colors), languageOf(path), theme]
