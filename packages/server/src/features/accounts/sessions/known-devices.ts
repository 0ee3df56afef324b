import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Sealer } from '../../../platform/secrets/sealer.ts'
import { cameByTls, cookieOf, nameOf } from './cookie.ts'

const COOKIE = 'bifrost_device'
const BINDING = 'known device'
const DAYS_MAX = 400
/** People who share a browser; the one who was here longest ago is forgotten first. */
const PEOPLE_MAX = 8

const Device = z.object({ id: z.uuid(), people: z.array(z.uuid()).max(PEOPLE_MAX) })

/**
 * Browsers that people have signed in with. Wrong passwords from elsewhere do not count for them, so no one is locked out
 * by others. It is no credential: who has the cookie still needs all that a sign-in takes.
 */
export interface KnownDevices {
  /** The id of the browser, where that person has signed in with it. */
  find(request: FastifyRequest, userId: string): string | null
  remember(request: FastifyRequest, reply: FastifyReply, userId: string): void
}

export function createKnownDevices(sealer: Sealer): KnownDevices {
  const read = (request: FastifyRequest) => {
    const cookie = cookieOf(request, COOKIE)
    if (!cookie) return null
    try {
      return Device.parse(JSON.parse(sealer.open(Buffer.from(cookie, 'base64url'), BINDING)))
    } catch {
      // Tampered with, or of a deleted key: it is a new browser.
      return null
    }
  }
  return {
    find(request, userId) {
      const device = read(request)
      return device?.people.includes(userId) ? device.id : null
    },
    remember(request, reply, userId) {
      const known = read(request)
      if (known?.people[0] === userId) return
      const people = [userId, ...(known?.people ?? []).filter((one) => one !== userId)].slice(0, PEOPLE_MAX)
      const sealed = sealer.seal(JSON.stringify({ id: known?.id ?? randomUUID(), people }), BINDING)
      reply.setCookie(nameOf(request, COOKIE), sealed.toString('base64url'), {
        path: '/',
        httpOnly: true,
        sameSite: 'lax',
        secure: cameByTls(request),
        maxAge: DAYS_MAX * 24 * 60 * 60,
      })
    },
  }
}
