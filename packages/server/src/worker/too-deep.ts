import { type FromChild, isTextDeeper, isValueDeeper, limits } from '@bifrost/contract'

/** What a call of too deep a value is answered with. */
export const TOO_DEEP = {
  code: 'json_too_deep',
  message: `A value is nested deeper than ${limits.jsonDepthMax} levels; flatten it, or store it as a file.`,
}

const isDeepText = (text: string) => isTextDeeper(text, limits.jsonDepthMax)

/** Of values that stand in a list or an object of the message's own. */
const isDeepMember = (value: unknown) => isValueDeeper(value, limits.jsonDepthMax + 1)

/**
 * Whether a message has a value deeper than the SDK lets out, wherever code chooses one. Checking, redacting, storing and
 * showing it all recurse, so it is looked at here, before anything else is done with it.
 */
export function isTooDeep(message: FromChild): boolean {
  switch (message.type) {
    case 'call':
      return isDeepMember(message.args)
    case 'done':
      return isDeepText(message.result) || isDeepText(message.variables)
    case 'failed':
    case 'suspend':
      return isDeepText(message.variables)
    case 'step_ended':
      return (
        (message.output !== null && isDeepText(message.output)) ||
        (message.transaction?.writes.some((write) => write.kind !== 'delete' && isDeepMember(write.data)) ??
          false)
      )
    case 'wait': {
      const task = message.wait.kind === 'task' ? message.wait.task : null
      return task != null && (isDeepText(task.props) || isDeepMember(task.fields))
    }
    default:
      return false
  }
}
