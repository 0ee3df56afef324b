import clsx from 'clsx'
import { useEffect, useMemo, useRef } from 'react'
import { ScrollRegion } from '../../ui/ScrollRegion.tsx'
import { readSource, type TokenKind } from './source-tokens.ts'

const colors: Record<TokenKind, string> = {
  plain: '',
  keyword: 'text-accent',
  string: 'text-ok',
  comment: 'text-faint italic',
  number: 'text-warn',
  type: 'text-live',
}

/** A source file with line numbers; the declaration at `line` is marked and scrolled to. */
export function SourceView({
  path,
  content,
  line,
  label,
}: {
  path: string
  content: string
  line: number | null
  label: string
}) {
  const { lines, declarationEnd } = useMemo(() => readSource(path, content), [path, content])
  const until = line === null ? 0 : declarationEnd(line)
  const marked = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const box = marked.current?.closest('section')
    if (marked.current && box) box.scrollTop = Math.max(0, marked.current.offsetTop - box.offsetTop - 60)
  }, [])
  return (
    <ScrollRegion
      label={label}
      className="relative max-h-[72vh] overflow-auto rounded-lg border border-line bg-sunken py-2.5 font-mono text-sm leading-[1.6]"
    >
      <div className="w-max min-w-full">
        {lines.map((tokens, at) => {
          const inside = line !== null && at + 1 >= line && at + 1 <= until
          return (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              key={at}
              ref={at + 1 === line ? marked : undefined}
              className={clsx(
                'flex border-l-2 pr-6 whitespace-pre',
                inside ? 'border-accent bg-accent-soft/60' : 'border-transparent',
              )}
            >
              <span
                aria-hidden
                className={clsx(
                  'tabular w-12 shrink-0 pr-4 text-right select-none',
                  inside ? 'text-muted' : 'text-faint',
                )}
              >
                {at + 1}
              </span>
              <code>
                {tokens.length === 0
                  ? '\n'
                  : tokens.map((token, index) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no other identity
                      <span key={index} className={colors[token.kind]}>
                        {token.text}
                      </span>
                    ))}
              </code>
            </div>
          )
        })}
      </div>
    </ScrollRegion>
  )
}
