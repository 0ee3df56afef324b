/** The mark: three arches of one bridge. */
export function LogoMark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M2.5 27a13.5 13.5 0 0 1 27 0"
        className="stroke-[light-dark(#c8862a,#f0b35a)]"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M8 27a8 8 0 0 1 16 0"
        className="stroke-[light-dark(#17798a,#5cc3c9)]"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M13.2 27a2.8 2.8 0 0 1 5.6 0"
        className="stroke-[light-dark(#c4544f,#e8837e)]"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  )
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2">
      <LogoMark />
      <span className="text-[15px] font-semibold tracking-[-0.01em]">Bifrost</span>
    </span>
  )
}
