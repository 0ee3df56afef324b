import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where the API is while `vite` serves the pages; the built pages are served by the API's own server. */
const api = process.env['BIFROST_URL'] ?? 'http://localhost:3000'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind(), findNeeded(), compressed()],
  server: { proxy: { '/api': api } },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // The content policy of the server allows neither inline scripts nor data: assets.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              debugName: 'framework',
              // The libraries change seldom, so a browser keeps them over an update of the app. no-eval.ts must run
              // before the first schema is built, and a chunk runs before those that import it.
              name: (id) => (needed.has(id) && /node_modules|no-eval\.ts$/.test(id) ? 'framework' : null),
            },
            { debugName: 'app', name: (id) => (needed.has(id) ? 'app' : null) },
            // Most pages have a form, but few show one at once.
            { name: 'forms', test: /web[\\/]src[\\/]ui[\\/](Form|fields)|node_modules[\\/]react-hook-form/ },
            // Lists are most pages but not the first ones, such as signing in.
            {
              name: 'lists',
              test: /web[\\/]src[\\/]ui[\\/](DataTable|SortHeading)|node_modules[\\/]@tanstack[\\/](react-table|table-core)[\\/]/,
            },
            // Few files instead of one for each component that pages share; but no page waits for what a few others need.
            {
              name: 'parts',
              test: /packages[\\/](web|contract)[\\/]src[\\/]|lucide-react/,
              minShareCount: 9,
            },
          ],
        },
      },
    },
  },
})

/** The modules that the app needs before it has its first page: all that it imports, but not those of pages, which come later. */
const needed = new Set<string>()

function findNeeded(): Plugin {
  return {
    name: 'needed',
    apply: 'build',
    buildEnd() {
      const visit = (id: string) => {
        if (needed.has(id)) return
        needed.add(id)
        for (const imported of this.getModuleInfo(id)?.importedIds ?? []) visit(imported)
      }
      for (const id of this.getModuleIds()) if (this.getModuleInfo(id)?.isEntry) visit(id)
    },
  }
}

/** Writes each asset compressed beside itself, once, so that the server need not do it for every visitor. */
function compressed(): Plugin {
  const smallestBytes = 1024
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir }) {
      const assets = join(dir ?? '', 'assets')
      const compress = async (name: string) => {
        const bytes = await readFile(join(assets, name))
        if (bytes.byteLength < smallestBytes) return
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(bytes))
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
      }
      const names = await readdir(assets)
      await Promise.all(names.filter((name) => !/\.(br|gz)$/.test(name)).map(compress))
    },
  }
}
