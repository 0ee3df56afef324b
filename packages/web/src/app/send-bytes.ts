import { ApiError, ErrorBody, pathOf, type Route } from '@bifrost/contract'
import { actingHeaders } from './acting.ts'

/** Sends a file to an upload route, with progress, which `fetch` cannot tell yet. */
export function sendBytes(
  route: Route,
  query: Record<string, string>,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
  params: Record<string, string> = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(route.method, pathOf(route, params, query))
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    for (const [name, value] of Object.entries(actingHeaders(route))) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      const answer = parse(request.responseText)
      if (request.status < 300) return resolve(answer)
      const refused = ErrorBody.safeParse(answer)
      reject(
        refused.success
          ? new ApiError(
              request.status,
              refused.data.error.code,
              refused.data.error.message,
              refused.data.error.details,
              refused.data.error.request_id,
            )
          : new ApiError(request.status, 'internal', `The server answered ${request.status}.`, null, null),
      )
    }
    request.onerror = () => reject(new TypeError('Network error while uploading.'))
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
