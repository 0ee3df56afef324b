import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSealer, UnreadableSecretError } from './sealer.ts'

const OLD = 'the-old-secret-key-0123456789-0123456789'
const NEW = 'the-new-secret-key-0123456789-0123456789'
const TEXT = 'pässwörd 42'

/** As secrets were stored before they had data keys. */
function sealedFirst(text: string, binding: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', OLD, 'bifrost', 'config secrets v1', 32))
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(binding))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body])
}

describe('a sealed secret', () => {
  const sealer = createSealer({ secretKey: OLD })

  test('opens with its key, in its place, and is never stored twice alike', () => {
    const sealed = sealer.seal(TEXT, 'config/a')
    expect(sealer.open(sealed, 'config/a')).toBe(TEXT)
    expect(sealed.includes(TEXT)).toBe(false)
    expect(sealer.seal(TEXT, 'config/a').equals(sealed)).toBe(false)
    expect(sealer.open(sealer.seal('', 'config/a'), 'config/a')).toBe('')
  })

  test('does not open in another place or with another key', () => {
    const sealed = sealer.seal(TEXT, 'config/a')
    expect(() => sealer.open(sealed, 'config/b')).toThrow(UnreadableSecretError)
    expect(() => createSealer({ secretKey: NEW }).open(sealed, 'config/a')).toThrow(UnreadableSecretError)
  })

  test('does not open when any byte of it was changed', () => {
    const sealed = sealer.seal(TEXT, 'config/a')
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => sealer.open(changed, 'config/a')).toThrow(UnreadableSecretError)
    }
    for (const length of [0, 3, 40, sealed.length - 1])
      expect(() => sealer.open(sealed.subarray(0, length), 'config/a')).toThrow(UnreadableSecretError)
  })

  test('says nothing of its text when it does not open', () => {
    const sealed = sealer.seal(TEXT, 'config/a')
    expect(() => sealer.open(sealed, 'config/b')).not.toThrow(TEXT)
  })
})

describe('another secret key', () => {
  const old = createSealer({ secretKey: OLD })
  const both = createSealer({ secretKey: NEW, previousSecretKey: OLD })
  const renewed = createSealer({ secretKey: NEW })

  test('opens what the key before it has sealed, while both are known', () => {
    expect(both.open(old.seal(TEXT, 'x'), 'x')).toBe(TEXT)
    expect(renewed.open(both.seal(TEXT, 'x'), 'x')).toBe(TEXT)
  })

  test('wraps the data key again and leaves the text as it is', () => {
    const sealed = old.seal(TEXT, 'x')
    const again = both.renew(sealed, { binding: null, newDataKey: false }) ?? Buffer.alloc(0)
    expect(renewed.open(again, 'x')).toBe(TEXT)
    expect(() => old.open(again, 'x')).toThrow(UnreadableSecretError)
    expect(again.subarray(-20).equals(sealed.subarray(-20))).toBe(true)
    expect(both.renew(again, { binding: null, newDataKey: false })).toBeNull()
  })

  test('encrypts the text itself with a new data key when that is asked for', () => {
    const sealed = both.seal(TEXT, 'x')
    const again = both.renew(sealed, { binding: null, newDataKey: true }) ?? Buffer.alloc(0)
    expect(again.subarray(-20).equals(sealed.subarray(-20))).toBe(false)
    expect(renewed.open(again, 'x')).toBe(TEXT)
    expect(() => renewed.open(again, 'y')).toThrow(UnreadableSecretError)
  })

  test('a secret from before there were data keys opens, and gets one', () => {
    const first = sealedFirst(TEXT, 'org/key')
    expect(old.open(first, 'org/key')).toBe(TEXT)
    expect(both.open(first, 'org/key')).toBe(TEXT)
    expect(() => both.open(first, 'org/other')).toThrow(UnreadableSecretError)
    const again = both.renew(first, { binding: 'org/key', newDataKey: false }) ?? Buffer.alloc(0)
    expect(renewed.open(again, 'org/key')).toBe(TEXT)
  })
})
