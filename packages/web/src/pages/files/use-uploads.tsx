import { type FileLocation, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { sendBytes } from '../../app/send-bytes.ts'
import { explain } from '../../errors.ts'
import { Button } from '../../ui/Button.tsx'

/** A file on its way. */
export interface RunningUpload {
  id: number
  name: string
  /** From 0 to 1. */
  share: number
  problem: string | null
}

export interface Uploads {
  items: readonly RunningUpload[]
  add(files: readonly File[]): void
  /** Breaks one off, or takes one that failed off the list. */
  drop(id: number): void
}

let lastId = 0

/** Uploads into a folder, one after the other; each can be broken off. */
export function useUploads(location: FileLocation, folder: string): Uploads {
  const client = useQueryClient()
  const [items, setItems] = useState<readonly RunningUpload[]>([])
  const running = useRef(new Map<number, AbortController>())
  const turn = useRef(Promise.resolve())
  const change = (id: number, next: Partial<RunningUpload> | null) =>
    setItems((before) =>
      before.flatMap((one) => (one.id !== id ? [one] : next === null ? [] : [{ ...one, ...next }])),
    )

  const send = async (id: number, file: File) => {
    const abort = running.current.get(id)
    if (!abort || abort.signal.aborted) return
    const path = folder ? `${folder}/${file.name}` : file.name
    try {
      const onProgress = (share: number) => change(id, { share })
      await sendBytes(routes.putFile, { path, location }, file, onProgress, abort.signal)
      change(id, null)
      await client.invalidateQueries({ queryKey: ['files'] })
    } catch (error) {
      change(id, abort.signal.aborted ? null : { problem: explain(error).message })
    } finally {
      running.current.delete(id)
    }
  }

  return {
    items,
    add(files) {
      const added = files.map((file) => ({ id: ++lastId, file }))
      for (const { id } of added) running.current.set(id, new AbortController())
      setItems((before) => [
        ...before,
        ...added.map(({ id, file }) => ({ id, name: file.name, share: 0, problem: null })),
      ])
      for (const { id, file } of added) turn.current = turn.current.then(() => send(id, file))
    },
    drop(id) {
      running.current.get(id)?.abort()
      change(id, null)
    },
  }
}

export function UploadButton({ onChoose }: { onChoose: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          onChoose([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
      <Button look="primary" icon={Upload} onClick={() => input.current?.click()}>
        Upload
      </Button>
    </>
  )
}
