import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'

/**
 * Flags of V8 stay as the platform has set them: some of them make V8 itself write files, past what Node's permission
 * model looks at.
 */
export function keepFlags(): void {
  v8.setFlagsFromString = () => {
    throw new Error('Workflows cannot change the flags of their process.')
  }
  syncBuiltinESMExports()
}
