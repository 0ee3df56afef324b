import { ApiError, ErrorBody, pathOf, routes, type TableFileEncoding, TableImport } from '@bifrost/contract'
import { actingHeaders } from '../../app/acting.ts'

/** What an import is asked to do, as the API takes it. */
export interface ImportWanted {
  format: 'csv' | 'json'
  mode?: 'insert' | 'upsert'
  key?: string
  types?: string
  delimiter?: string
  encoding?: TableFileEncoding
  dry_run?: boolean
  partial?: boolean
}

/** Sends a file with progress, which `fetch` cannot tell yet. */
export function importFile(
  table: string,
  file: Blob,
  wanted: ImportWanted,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<TableImport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(routes.importTable.method, pathOf(routes.importTable, { table }, { ...wanted }))
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    for (const [name, value] of Object.entries(actingHeaders(routes.importTable)))
      request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      const answer = parse(request.responseText)
      const done = TableImport.safeParse(answer)
      if (request.status < 300 && done.success) return resolve(done.data)
      const refused = ErrorBody.safeParse(answer)
      const {
        code,
        message,
        details,
        request_id: requestId,
      } = refused.success
        ? refused.data.error
        : {
            code: 'internal',
            message: `The server answered ${request.status}.`,
            details: null,
            request_id: null,
          }
      reject(new ApiError(request.status, code, message, details, requestId))
    }
    request.onerror = () => reject(new TypeError('Network error while uploading.'))
    request.onabort = () => reject(new DOMException('The import was cancelled.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
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

/** A file is looked at by its beginning. */
export const LOOKED_AT_BYTES = 256 * 1024

export const formatOf = (name: string): 'csv' | 'json' =>
  /\.(json|jsonl|ndjson)$/i.test(name) ? 'json' : 'csv'

/** The sign between cells: whichever the first line has most of. */
export function delimiterOf(text: string): string {
  const [line = ''] = text.split('\n')
  const counts = [',', ';', '\t', '|'].map((sign) => ({ sign, count: line.split(sign).length }))
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).sign
}

export const ENCODINGS: Readonly<Record<TableFileEncoding, string>> = {
  'utf-8': 'UTF-8',
  'windows-1252': 'Western European (Windows-1252)',
  'iso-8859-2': 'Central European (ISO 8859-2)',
  'iso-8859-15': 'Western European (ISO 8859-15)',
  'utf-16le': 'UTF-16',
}

/** What the beginning of a file is written in: what is no UTF-8 is most likely from a spreadsheet of Windows. */
export async function encodingOf(file: Blob): Promise<TableFileEncoding> {
  const begin = new Uint8Array(await file.slice(0, LOOKED_AT_BYTES).arrayBuffer())
  if (begin[0] === 0xff && begin[1] === 0xfe) return 'utf-16le'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(begin, { stream: true })
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}
