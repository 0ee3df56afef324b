import { expect, test } from 'vitest'
import { type DraftStore, draftsOf, dropDraft, readDraft, writeDraft } from './drafts.ts'

function store(): DraftStore {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

test('a draft survives until it is dropped', () => {
  const drafts = store()
  writeDraft(drafts, 'a.ts', { content: 'x', etag: '1' })
  expect(readDraft(drafts, 'a.ts')).toEqual({ content: 'x', etag: '1' })
  expect(readDraft(drafts, 'b.ts')).toBeNull()
  dropDraft(drafts, 'a.ts')
  expect(readDraft(drafts, 'a.ts')).toBeNull()
})

test('a storage that is full, closed or holds nonsense is no reason to fail', () => {
  const broken: DraftStore = {
    getItem: () => '{',
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError')
    },
    removeItem: () => {
      throw new DOMException('closed', 'SecurityError')
    },
  }
  writeDraft(broken, 'a.ts', { content: 'x', etag: '1' })
  dropDraft(broken, 'a.ts')
  expect(readDraft(broken, 'a.ts')).toBeNull()
})

test('a draft is found only by the person who typed it, for the organization they acted for', () => {
  const items: Record<string, string> = {}
  const storage = new Proxy(items, {
    get: (target, name) =>
      ({
        getItem: (key: string) => target[key] ?? null,
        setItem: (key: string, value: string) => {
          target[key] = value
        },
        removeItem: (key: string) => {
          delete target[key]
        },
      })[String(name)],
  }) as unknown as Storage
  const ada = draftsOf(storage, 'ada@home')
  writeDraft(ada, 'a.ts', { content: 'x', etag: '1' })
  expect([...ada.paths()]).toEqual(['a.ts'])
  for (const owner of ['ada@contoso', 'bob@home']) {
    const others = draftsOf(storage, owner)
    expect(readDraft(others, 'a.ts')).toBeNull()
    expect([...others.paths()]).toEqual([])
  }
})
