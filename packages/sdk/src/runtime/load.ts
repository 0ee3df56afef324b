import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { BUNDLE_ROOT } from '../failure.ts'

/**
 * Imports a bundle that came over the channel. It never lies in a file: a child that cannot read bundles cannot read
 * those of others. Node's module hooks give the source; the address is made up and has the author's paths below it.
 */
export async function loadBundle(source: string, version: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(`${BUNDLE_ROOT}${version}.mjs`).href
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === url ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (address, context, next) =>
      address === url ? { source, format: 'module', shortCircuit: true } : next(address, context),
  })
  try {
    return (await import(url)) as Record<string, unknown>
  } finally {
    hooks.deregister()
  }
}
