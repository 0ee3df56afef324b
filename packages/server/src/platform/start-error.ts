/**
 * Something that the person who starts the platform can fix. Its message is one sentence that says how;
 * it is printed without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError'
}
