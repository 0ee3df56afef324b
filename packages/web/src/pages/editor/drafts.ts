/** What was typed but not saved, kept in this browser so that a reload loses nothing. */
export interface Draft {
  content: string
  /** Of the file as it was when the typing began: what was saved since is not overwritten unasked. */
  etag: string
}

const prefix = 'bifrost.draft:'

/** The part of `localStorage` that drafts need. */
export type DraftStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * The drafts of one person who acts for one organization: others who use this browser find none of them, and nothing
 * that was typed for one organization shows under another.
 */
export interface Drafts extends DraftStore {
  /** The files that have one. */
  paths(): Set<string>
}

export function draftsOf(storage: Storage, owner: string): Drafts {
  const own = `${owner}/`
  return {
    getItem: (key) => storage.getItem(own + key),
    setItem: (key, value) => storage.setItem(own + key, value),
    removeItem: (key) => storage.removeItem(own + key),
    paths: () => draftPaths(storage, own + prefix),
  }
}

export function readDraft(store: DraftStore, path: string): Draft | null {
  try {
    const draft = JSON.parse(store.getItem(prefix + path) ?? 'null') as Partial<Draft> | null
    return typeof draft?.content === 'string' && typeof draft.etag === 'string'
      ? { content: draft.content, etag: draft.etag }
      : null
  } catch {
    return null
  }
}

/** Keeps a draft; one that a full storage refuses lives on in the page only. */
export function writeDraft(store: DraftStore, path: string, draft: Draft): void {
  try {
    store.setItem(prefix + path, JSON.stringify(draft))
  } catch {
    // Nothing better is left to do.
  }
}

export function dropDraft(store: DraftStore, path: string): void {
  try {
    store.removeItem(prefix + path)
  } catch {
    // A closed storage keeps no drafts either.
  }
}

function draftPaths(storage: Storage, start: string): Set<string> {
  try {
    return new Set(
      Object.keys(storage).flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : [])),
    )
  } catch {
    return new Set()
  }
}
