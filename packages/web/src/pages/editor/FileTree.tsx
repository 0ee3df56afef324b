import type { TreeNode } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import clsx from 'clsx'
import { ChevronRight, CircleAlert, FileCode2, FileText, Folder } from 'lucide-react'
import { useState } from 'react'

/** The files of the workspace. */
export function FileTree({
  nodes,
  open,
  unsaved,
  broken,
}: {
  nodes: readonly TreeNode[]
  open: string | undefined
  unsaved: ReadonlySet<string>
  broken: ReadonlySet<string>
}) {
  return (
    <ul>
      {ordered(nodes).map((node) => (
        <li key={node.path}>
          {node.is_directory ? (
            <FolderNode node={node} open={open} unsaved={unsaved} broken={broken} />
          ) : (
            <FileNode
              node={node}
              open={node.path === open}
              unsaved={unsaved.has(node.path)}
              broken={broken.has(node.path)}
            />
          )}
        </li>
      ))}
    </ul>
  )
}

const ordered = (nodes: readonly TreeNode[]) =>
  nodes.toSorted(
    (a, b) => Number(b.is_directory) - Number(a.is_directory) || a.name.localeCompare(b.name, 'en'),
  )

const row =
  'flex h-7 w-full items-center gap-1.5 rounded-md px-1.5 text-left text-sm transition-colors hover:bg-hover'

function FolderNode({
  node,
  ...rest
}: {
  node: TreeNode
  open: string | undefined
  unsaved: ReadonlySet<string>
  broken: ReadonlySet<string>
}) {
  const [expanded, setExpanded] = useState(!/^[._]|node_modules/.test(node.name))
  return (
    <>
      <button type="button" aria-expanded={expanded} onClick={() => setExpanded(!expanded)} className={row}>
        <ChevronRight
          size={13}
          aria-hidden
          className={clsx('shrink-0 text-faint transition-transform', expanded && 'rotate-90')}
        />
        <Folder size={14} aria-hidden className="shrink-0 text-faint" />
        <span className="truncate">{node.name}</span>
      </button>
      {expanded && (
        <div className="ml-[13px] border-l border-line pl-1">
          <FileTree nodes={node.children ?? []} {...rest} />
        </div>
      )}
    </>
  )
}

function FileNode({
  node,
  open,
  unsaved,
  broken,
}: {
  node: TreeNode
  open: boolean
  unsaved: boolean
  broken: boolean
}) {
  const Icon = /\.[cm]?[jt]sx?$|\.py$/.test(node.name) ? FileCode2 : FileText
  return (
    <Link
      to="/editor"
      search={{ file: node.path }}
      aria-current={open ? 'page' : undefined}
      className={clsx(row, open && 'bg-accent-soft font-medium text-accent-strong')}
    >
      <span className="w-[13px] shrink-0" />
      <Icon size={14} aria-hidden className={clsx('shrink-0', open ? '' : 'text-faint')} />
      <span className="min-w-0 flex-1 truncate">{node.name}</span>
      {broken && <CircleAlert size={13} role="img" aria-label="Has an error" className="shrink-0 text-bad" />}
      {unsaved && <span role="img" aria-label="Unsaved" className="size-2 shrink-0 rounded-full bg-warn" />}
    </Link>
  )
}
