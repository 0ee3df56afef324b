import { type Containment, prepareContainment } from '../platform/containment/containment.ts'
import { nodeRuntime } from './runtimes/node.ts'
import { type PythonRuntime, pythonRuntime } from './runtimes/python.ts'
import type { MissingRuntime, Runtime } from './runtimes/runtime.ts'

/** Where children live: what contains them, and the programs that they run. */
export interface ChildHome {
  containment: Containment
  runtimes: { typescript: Runtime; python: PythonRuntime | MissingRuntime }
  /** Gives the users back, when there are no children any more. */
  leave(): void
}

/** `python`: the interpreter for Python workflows; one that is found on the machine when null or absent. */
export async function makeChildHome(
  dataDir: string,
  options: { withSandbox?: boolean; containment?: Containment; python?: string | null } = {},
): Promise<ChildHome> {
  const containment = options.containment ?? prepareContainment(dataDir, options)
  const [typescript, python] = await Promise.all([
    nodeRuntime(containment),
    pythonRuntime(containment, options.python ?? null),
  ])
  return { containment, runtimes: { typescript, python }, leave: containment.leave }
}
