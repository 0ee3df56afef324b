import { FileRef, type Route, routes } from '@bifrost/contract'
import { sendBytes } from '../app/send-bytes.ts'

/** Where a file goes. */
export interface UploadTarget {
  route: Route
  params: Record<string, string>
}

const ownUploads: UploadTarget = { route: routes.uploadFile, params: {} }

/** Uploads the value of a `FileRef` parameter. */
export async function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
  { route, params } = ownUploads,
): Promise<FileRef> {
  const query = { name: file.name, ...(file.type && { content_type: file.type }) }
  return FileRef.parse(await sendBytes(route, query, file, onProgress, signal, params))
}
