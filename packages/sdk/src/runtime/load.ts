import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { BUNDLE_ROOT } from '../failure.ts'

/** Modules of Node that reach files, or other programs, past its permission model. The options of the process drop them. */
const REFUSED = /^(node:)?(sqlite|ffi|wasi|inspector|inspector\/promises)$/

/** Says in a sentence that a module is not there, where Node would say that it does not know it. */
export function refuseModules(): void {
  const matches = RegExp.prototype.exec.bind(REFUSED)
  registerHooks({
    resolve(specifier, context, next) {
      if (matches(specifier) !== null)
        throw Object.assign(
          new Error(
            `A workflow cannot use the module "${specifier}", which bypasses the isolation of its process. Keep data in tables or files of the SDK.`,
          ),
          { code: 'ERR_ACCESS_DENIED' },
        )
      return next(specifier, context)
    },
  })
}

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
