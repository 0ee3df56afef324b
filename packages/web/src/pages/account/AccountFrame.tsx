import { type ReactNode, useEffect } from 'react'
import { LogoMark } from '../../app/Logo.tsx'

/** The page outside the shell: one card under the mark. */
export function AccountFrame({
  title,
  lead,
  children,
}: {
  title: string
  lead: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Bifrost`
  }, [title])
  return (
    <div className="relative grid min-h-dvh place-items-center overflow-hidden px-4 py-10">
      <Arches />
      <main className="relative w-full max-w-[25rem]">
        <div className="mb-5 flex flex-col items-center text-center">
          <LogoMark size={44} />
          <h1 className="mt-3 text-2xl font-semibold tracking-[-0.015em]">{title}</h1>
          <div className="mt-1 text-muted">{lead}</div>
        </div>
        <div className="rounded-xl border border-line bg-surface p-6 shadow-lift">{children}</div>
      </main>
    </div>
  )
}

/** The bridge, very large and very faint. */
function Arches() {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 1200 600"
      fill="none"
      className="pointer-events-none absolute inset-x-0 bottom-0 w-full min-w-[70rem] text-accent opacity-[0.08]"
    >
      {[560, 470, 380, 290].map((radius) => (
        <circle key={radius} cx="600" cy="830" r={radius} stroke="currentColor" strokeWidth="26" />
      ))}
    </svg>
  )
}
