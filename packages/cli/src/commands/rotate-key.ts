import { CommandError, exitCodes } from '../exit-codes.ts'
import { print, tell } from '../terminal.ts'

/** `bifrost rotate-key`: brings all secrets under another secret key; answers the exit code. */
export async function rotateKeyCommand({ values = false }: { values?: boolean }): Promise<number> {
  const { rotateKey } = await import('@bifrost/server/rotate-key')
  const { renewed, kept, unreadable } = await rotateKey(process.env, { newDataKeys: values }).catch(
    (cause: unknown) => {
      if ((cause as Error).name !== 'StartError') throw cause
      throw new CommandError(exitCodes.usage, (cause as Error).message)
    },
  )
  print(`${renewed} secrets were encrypted with the new key; ${kept} already were.`)
  for (const [place, count] of Object.entries(unreadable))
    tell(
      `${count} in ${place} can be decrypted with neither key: set them again, and keep the previous key until then.`,
    )
  if (Object.keys(unreadable).length > 0) return exitCodes.failed
  if (process.env['BIFROST_SECRET_KEY_PREVIOUS'])
    print('Remove BIFROST_SECRET_KEY_PREVIOUS now; the next start needs only the new key.')
  return exitCodes.ok
}
