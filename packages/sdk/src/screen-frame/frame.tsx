/// <reference lib="dom" />
import type { ToScreen } from '@bifrost/contract'
import * as React from 'react'
import * as jsxRuntime from 'react/jsx-runtime'
import * as ReactDom from 'react-dom'
import { createRoot } from 'react-dom/client'
import * as sdk from './index.ts'
import { look } from './look.ts'
import { isFromPage, pageOrigin, say, setState } from './use-screen.ts'
import { watchPerson } from './watch.ts'

// The first script of every frame that shows a screen. It has no network and no origin; all it can do is talk to the
// page around it.

watchPerson(pageOrigin())

let shown: React.ComponentType | null = null
let started = false

/** What the screen threw, told to the page, which keeps the task open. */
function fail(thrown: unknown, isShown = false): void {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  say({ type: 'failed', message: message.slice(0, 10_000), isShown })
}

class Boundary extends React.Component<{ children: React.ReactNode }, { failed: boolean }> {
  override state = { failed: false }
  static getDerivedStateFromError() {
    return { failed: true }
  }
  override componentDidCatch(thrown: unknown) {
    fail(thrown)
  }
  override render() {
    return this.state.failed ? null : this.props.children
  }
}

function start(): void {
  if (!shown || started) return
  started = true
  const root = document.getElementById('root') as HTMLElement
  const Shown = shown
  createRoot(root).render(
    <Boundary>
      <Shown />
    </Boundary>,
  )
  new ResizeObserver(() =>
    say({ type: 'height', height: Math.ceil(root.getBoundingClientRect().height) }),
  ).observe(root)
}

window.addEventListener('message', (event: MessageEvent<ToScreen>) => {
  if (!isFromPage(event) || event.data?.bifrost !== 1) return
  document.documentElement.dataset['theme'] = event.data.theme
  setState(event.data)
  start()
})
window.addEventListener('error', (event) => fail(event.error ?? event.message, started))
window.addEventListener('unhandledrejection', (event) => fail(event.reason, started))
// Without the right to send forms a frame gives no submit event, which authors use nevertheless.
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button, input[type="submit"]') : null
  if (!(button instanceof HTMLButtonElement || button instanceof HTMLInputElement)) return
  if (button.type !== 'submit' || !button.form || event.defaultPrevented) return
  event.preventDefault()
  if (button.form.noValidate || button.form.reportValidity())
    button.form.dispatchEvent(
      new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter: button }),
    )
})

document.head.appendChild(Object.assign(document.createElement('style'), { textContent: look }))
Object.assign(globalThis, {
  [Symbol.for('bifrost.screen')]: {
    modules: { react: React, 'react/jsx-runtime': jsxRuntime, 'react-dom': ReactDom, 'bifrost/screen': sdk },
    mount(component: React.ComponentType) {
      if (typeof component !== 'function' && typeof component !== 'object')
        throw new TypeError('The default export of a screen must be a React component.')
      shown = component
      say({ type: 'ready' })
    },
  },
})
