import { lazyRouteComponent } from '@tanstack/react-router'
import { PageLoadError } from '../errors.ts'

/**
 * A page in a file of its own. When that file cannot be fetched (the server is unreachable, or was updated and has other files
 * now) the page says so, instead of the router loading the whole app again without a word.
 */
export function lazyPage<Name extends string, Module extends Record<Name, React.ComponentType>>(
  load: () => Promise<Module>,
  name: Name,
) {
  const loadOrSay = () =>
    load().catch((cause: unknown) => {
      throw new PageLoadError(cause)
    })
  return lazyRouteComponent(loadOrSay, name)
}
