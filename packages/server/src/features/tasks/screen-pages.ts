import { createHash } from 'node:crypto'
import type { CodeVersions } from '../../workspace/code-versions.ts'

/** The pages that frames show: code of the workspace, which the platform cannot trust, isolated from everything. */
export interface ScreenPages {
  page(screen: { component: string; code_version: string }): Promise<ScreenPage | null>
}

export interface ScreenPage {
  html: string
  headers: Record<string, string>
}

export function createScreenPages(
  codeVersions: CodeVersions,
  makeRuntime: () => Promise<string>,
): ScreenPages {
  let runtime: Promise<string> | null = null
  return {
    async page({ component, code_version }) {
      const source = await codeVersions.screen(code_version, component)
      if (source === null) return null
      runtime ??= makeRuntime().catch((error: unknown) => {
        runtime = null
        throw error
      })
      return pageOf([await runtime, source])
    },
  }
}

/**
 * Scripts in the page itself, each allowed by its hash, and nothing from the network. The `sandbox` of the policy makes
 * the origin opaque also where a person opens the address without a frame.
 */
function pageOf(scripts: string[]): ScreenPage {
  const texts = scripts.map(inScriptElement)
  const hashes = texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-scripts',
  ]
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Screen</title></head><body><div id="root"></div>${texts
    .map((text) => `<script>${text}</script>`)
    .join('')}</body></html>`
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    },
  }
}

/** What would end the element, or begin a comment of HTML; in the strings of code the same is written so. */
const inScriptElement = (source: string): string => source.replaceAll(/<(?=\/script|!--)/gi, '\\x3C')
