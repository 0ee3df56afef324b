/** What screens look like before their author says otherwise: the platform's own look, light and dark. */
export const look = `
:root { color-scheme: light; --ink: light-dark(oklch(0.235 0.018 240), oklch(0.93 0.007 225)); --muted: light-dark(oklch(0.44 0.017 238), oklch(0.755 0.012 228)); --line: light-dark(oklch(0.912 0.006 225), oklch(0.285 0.014 235)); --edge: light-dark(oklch(0.66 0.012 230), oklch(0.52 0.016 235)); --sunken: light-dark(oklch(0.965 0.005 220), oklch(0.178 0.011 235)); --surface: light-dark(oklch(1 0 0), oklch(0.198 0.012 235)); --accent: light-dark(oklch(0.455 0.083 222), oklch(0.79 0.092 212)); --on-accent: light-dark(#fff, oklch(0.198 0.012 235)); --bad: light-dark(oklch(0.505 0.17 25), oklch(0.775 0.125 22)); --warn: light-dark(oklch(0.49 0.1 65), oklch(0.83 0.115 80)); --warn-soft: light-dark(oklch(0.958 0.034 85), oklch(0.285 0.042 75)) }
:root[data-theme=dark] { color-scheme: dark }
@layer {
  * { box-sizing: border-box } html { background: var(--surface) }
  body { margin: 0; font: 14px/1.5 system-ui, sans-serif; color: var(--ink); overflow-wrap: anywhere }
  #root { display: flow-root; padding: 2px }
  #root > * + *, .form > * + * { margin-top: 16px }
  h1, h2, h3, p, figure { margin: 0 } h2 { font-size: 17px; font-weight: 600; line-height: 1.3 }
  .note { font-size: 13px; color: var(--muted); font-weight: 400 }
  .warning { padding: 8px 12px; border-radius: 6px; background: var(--warn-soft); color: var(--warn) }
  .problem { font-size: 13px; color: var(--bad) }
  .table { overflow: auto; max-height: 24rem; border: 1px solid var(--line); border-radius: 6px }
  table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; text-align: left }
  caption { padding: 6px 12px; text-align: left; color: var(--muted) }
  th, td { padding: 6px 12px; overflow-wrap: normal } th, .right, td button { white-space: nowrap } th { font-weight: 500; color: var(--muted); background: var(--sunken) } tbody tr { border-top: 1px solid var(--line) }
  .right { text-align: right }
  .document figcaption { font-size: 13px; font-weight: 600; color: var(--muted); margin-bottom: 4px }
  .paper { white-space: pre-wrap; max-height: 28rem; overflow: auto; padding: 16px; background: var(--sunken); border-radius: 6px }
  img { max-width: 100% }
  .field > label, legend { display: block; font-weight: 500; margin-bottom: 4px } .field > .note, .field > .problem { margin-top: 4px }
  fieldset { margin: 0; padding: 12px; border: 1px solid var(--line); border-radius: 6px } fieldset .field + .field { margin-top: 12px }
  label.check { display: flex; gap: 8px; align-items: center; font-weight: 500 }
  input:not([type=checkbox], [type=radio]), select, textarea { width: 100%; font: inherit; color: inherit; padding: 6px 10px; border: 1px solid var(--edge); border-radius: 6px; background: var(--surface) }
  input[type=checkbox], input[type=radio] { width: 16px; height: 16px; accent-color: var(--accent) }
  textarea { resize: vertical; display: block } .code { font-family: ui-monospace, monospace; font-size: 13px }
  [aria-invalid=true] { border-color: var(--bad) }
  .actions { display: flex; flex-wrap: wrap; gap: 8px }
  button { font: inherit; font-weight: 500; color: inherit; height: 34px; padding: 0 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--surface); cursor: pointer }
  button.primary { background: var(--accent); border-color: transparent; color: var(--on-accent) } button.danger { color: var(--bad) }
  button:disabled { opacity: .55; cursor: default }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
}`
