import { X } from 'lucide-react'
import { IconButton } from '../../ui/Button.tsx'
import type { Uploads } from './use-uploads.tsx'

/** Files on their way, and those that did not get there. */
export function UploadList({ uploads }: { uploads: Uploads }) {
  if (uploads.items.length === 0) return null
  return (
    <ul aria-label="Uploads" className="mb-4 grid gap-1.5 rounded-lg border border-line bg-sunken p-3">
      {uploads.items.map(({ id, name, share, problem }) => (
        <li key={id} className="flex items-center gap-3 text-sm">
          <span className="w-24 truncate sm:w-48 font-medium" title={name}>
            {name}
          </span>
          {problem ? (
            <span className="min-w-0 flex-1 text-bad">{problem}</span>
          ) : (
            <progress
              aria-label={`Upload of ${name}`}
              className="h-1.5 min-w-0 flex-1"
              value={share}
              max={1}
            />
          )}
          <IconButton
            size="sm"
            icon={X}
            label={problem ? `Dismiss ${name}` : `Cancel ${name}`}
            onClick={() => uploads.drop(id)}
          />
        </li>
      ))}
    </ul>
  )
}
