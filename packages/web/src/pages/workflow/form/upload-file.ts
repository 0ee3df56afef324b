import { ApiError, ErrorBody, FileRef, pathOf, routes } from '@bifrost/contract'

/** Uploads with progress, which `fetch` cannot tell yet. */
export function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<FileRef> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(routes.uploadFile.method, pathOf(routes.uploadFile, {}, { name: file.name }))
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      const answer = parse(request.responseText)
      if (request.status < 300) {
        const ref = FileRef.safeParse(answer)
        if (ref.success) return resolve(ref.data)
      }
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
