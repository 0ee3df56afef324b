import { type FileRef, limits } from '@bifrost/contract'
import clsx from 'clsx'
import { FileIcon, Upload, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { explain } from '../errors.ts'
import { formatBytes } from '../format.ts'
import { IconButton } from '../ui/Button.tsx'
import type { ControlProps, TypedProps } from './FieldGroup.tsx'
import { uploadFile } from './upload-file.ts'
import { useFormState } from './use-parameter-form.ts'

/** Takes a file by click or drop and uploads it at once; the value is what the upload answered. */
export function FileControl({
  parameter,
  path,
  value,
  onChange,
  ids,
}: ControlProps<FileRef | null> & { ids: Omit<TypedProps, 'value'> }) {
  const form = useFormState()
  const [upload, setUpload] = useState<{ name: string; share: number } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [over, setOver] = useState(false)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const take = async (file: File | undefined) => {
    if (!file) return
    setProblem(null)
    if (file.size > limits.fileStreamBytesMax) {
      setProblem(
        `${file.name} is ${formatBytes(file.size)}; the limit is ${formatBytes(limits.fileStreamBytesMax)}.`,
      )
      return
    }
    const controller = new AbortController()
    running.current = controller
    setUpload({ name: file.name, share: 0 })
    form.uploading(path, true)
    try {
      const progress = (share: number) => setUpload({ name: file.name, share })
      onChange(await uploadFile(file, progress, controller.signal, form.uploadTo?.(parameter.name)))
    } catch (error) {
      if (!controller.signal.aborted) setProblem(explain(error).message)
    } finally {
      setUpload(null)
      form.uploading(path, false)
    }
  }

  if (upload)
    return (
      <div className="rounded-md border border-line p-3">
        <div className="mb-2 flex items-center gap-2 text-sm">
          <FileIcon size={15} aria-hidden className="text-faint" />
          <span className="min-w-0 flex-1 truncate">{upload.name}</span>
          <span className="tabular text-faint">{Math.round(upload.share * 100)} %</span>
          <IconButton label="Cancel the upload" icon={X} size="sm" onClick={() => running.current?.abort()} />
        </div>
        <progress
          aria-label={`Uploading ${upload.name}`}
          value={upload.share}
          className="block h-1 w-full appearance-none overflow-hidden rounded-full bg-hover [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-accent"
        />
      </div>
    )
  if (value)
    return (
      <div className="flex items-center gap-2 rounded-md border border-line px-3 py-2 text-sm">
        <FileIcon size={15} aria-hidden className="text-faint" />
        <span className="min-w-0 flex-1 truncate font-medium">{value.name}</span>
        <span className="tabular text-faint">{formatBytes(value.size)}</span>
        <IconButton label={`Remove ${value.name}`} icon={X} size="sm" onClick={() => onChange(null)} />
      </div>
    )
  return (
    <>
      <label
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          void take(event.dataTransfer.files[0])
        }}
        className={clsx(
          'flex cursor-pointer items-center justify-center gap-2 rounded-md border border-dashed px-4 py-5 text-sm text-muted transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent',
          over ? 'border-accent bg-accent-soft text-accent' : 'border-edge hover:border-muted hover:text-ink',
        )}
      >
        <Upload size={16} aria-hidden />
        Choose a file, or drop it here
        <input
          type="file"
          className="sr-only"
          accept={parameter.accept?.join(',')}
          {...ids}
          onChange={(event) => void take(event.target.files?.[0])}
        />
      </label>
      {problem && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {problem}
        </p>
      )}
    </>
  )
}
