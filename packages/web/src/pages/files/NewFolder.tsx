import { type FileLocation, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { PathDialog } from '../editor/PathDialog.tsx'

/** Makes a folder within the one that is shown. */
export function NewFolder({ location, path }: { location: FileLocation; path: string }) {
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  return (
    <>
      <Button icon={FolderPlus} onClick={() => setAsking(true)}>
        New folder
      </Button>
      {asking && (
        <PathDialog
          title="New folder"
          label="Name"
          help="Missing parent folders are created"
          confirm="Create"
          initial=""
          save={(name) =>
            api(routes.makeFolder, { body: { location, path: path ? `${path}/${name}` : name } })
          }
          onSaved={async () => {
            setAsking(false)
            await client.invalidateQueries({ queryKey: ['files'] })
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
