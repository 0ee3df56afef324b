import { FileRef, routes } from '@bifrost/contract'
import { sendBytes } from '../../../app/send-bytes.ts'

/** Uploads the value of a `FileRef` parameter. */
export async function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<FileRef> {
  return FileRef.parse(await sendBytes(routes.uploadFile, { name: file.name }, file, onProgress, signal))
}
