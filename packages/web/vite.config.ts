import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where the API is while `vite` serves the pages; the built pages are served by the API's own server. */
const api = process.env['BIFROST_URL'] ?? 'http://localhost:3000'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind(), compressed()],
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
              name: 'framework',
              // no-eval.ts must run before the first schema is built, and a chunk runs before those that import it.
              test: /app[\\/]no-eval\.ts$|node_modules[\\/](react|react-dom|scheduler|@tanstack[\\/](react-query|query-core|react-router|router-core|history|store|react-store)|zod)[\\/]|packages[\\/]contract[\\/]/,
            },
            // Lists are most pages but not the first ones, such as signing in.
            {
              name: 'lists',
              test: /web[\\/]src[\\/]ui[\\/](DataTable|SortHeading)|node_modules[\\/]@tanstack[\\/](react-table|table-core)[\\/]/,
            },
            // Few files instead of one for each icon and component that two pages share.
            { name: 'parts', test: /packages[\\/]web[\\/]src[\\/]|lucide-react|clsx/, minShareCount: 2 },
          ],
        },
      },
    },
  },
})

/** Writes each asset compressed beside itself, once, so that the server need not do it for every visitor. */
function compressed(): Plugin {
  const smallestBytes = 1024
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir }) {
      const assets = join(dir ?? '', 'assets')
      for (const name of await readdir(assets)) {
        const bytes = await readFile(join(assets, name))
        if (bytes.byteLength < smallestBytes || /\.(br|gz)$/.test(name)) continue
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 }
        await writeFile(
          join(assets, `${name}.br`),
          await promisify(brotliCompress)(bytes, { params: quality }),
        )
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
      }
    },
  }
}
