import { pipeline, Transform } from 'node:stream'
import { AppError, type FileRef, limits, routes } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import type { Executor } from '../workflows/workflows.ts'
import { shownForm } from './forms.ts'
import { giveSubmissionBack, hasUpload, insertUpload, takeSubmission } from './link-queries.ts'
import type { FollowedLink, FormLinks } from './links.ts'
import { createPublicLimits } from './public-limits.ts'
import { answersIn, type FormUse, type FormUser } from './use-form.ts'

export interface PublicFormRouteOptions {
  db: Database
  links: FormLinks
  use: FormUse
  executor: Executor
  upload(scope: OrgScope, body: NodeJS.ReadableStream, name: string, contentType: string): Promise<FileRef>
}

/** How long a visitor waits for a result that a link shows. */
const RESULT_MS = 25_000

/** Forms for people who are not signed in. Each route is public by its own name; the token of the link is the right. */
export function publicFormRoutes(options: PublicFormRouteOptions): Implementation[] {
  const { db, links, use, executor } = options
  const rates = createPublicLimits()
  const follow = async (token: string, { ip }: FastifyRequest): Promise<FollowedLink> => {
    // The address first: a client that guesses tokens is slowed down as well.
    await rates.ask(ip)
    const followed = await links.follow(token)
    await rates.askLink(followed.link.id)
    return followed
  }
  const userOf = ({ link, scope }: FollowedLink, token: string): FormUser => ({
    scope,
    boundTo: hashToken(`link ${token}`),
    ownFile: (id) => hasUpload(scope, db.as(scope).query, link.id, id),
  })

  return [
    implement(routes.getPublicForm, async (_scope, { params }, { request }) => {
      const { form } = await follow(params.token, request)
      const { id, allow_schedule, ...shown } = shownForm(form)
      return shown
    }),
    implement(routes.startPublicForm, async (_scope, { params }, { request, reply }) => {
      const followed = await follow(params.token, request)
      await rates.submit(request.ip, followed.link.id)
      return use.launch(userOf(followed, params.token), followed.form, reply.raw)
    }),
    implement(routes.getPublicFormOptions, async (_scope, { params, body }, { request, reply }) => {
      const followed = await follow(params.token, request)
      const items = await use.options(
        userOf(followed, params.token),
        followed.form,
        params.field,
        answersIn(body),
        body.startup_handle,
        reply.raw,
      )
      return { items }
    }),
    implement(routes.uploadPublicFormFile, async (_scope, { params, query }, { request }) => {
      const { link, form, scope } = await follow(params.token, request)
      await rates.submit(request.ip, link.id)
      const field = form.fields.find((one) => one.name === params.field)
      if (field?.type !== 'file') throw new AppError('not_found', 'There is no such field for files.')
      const type = query.content_type || 'application/octet-stream'
      const max = Math.min(limits.formFileBytesMax, Number(field.validation?.max ?? Number.POSITIVE_INFINITY))
      const file = await options.upload(scope, bounded(request.raw, max), query.name, type)
      await insertUpload(scope, db.as(scope).query, link.id, file.id)
      return file
    }),
    implement(routes.submitPublicForm, async (_scope, { params, body }, exchange) => {
      const followed = await follow(params.token, exchange.request)
      const { link, form, scope } = followed
      await rates.submit(exchange.request.ip, link.id)
      const { query } = db.as(scope)
      if (!(await takeSubmission(scope, query, link.id)))
        throw new AppError('not_found', 'This link is invalid or no longer works.')
      const submission = { fields: body.fields, handle: body.startup_handle, scheduledAt: null }
      const { executionId } = await use
        .submit(userOf(followed, params.token), form, submission, exchange.reply.raw)
        .catch(async (error: unknown) => {
          // What was refused is no submission.
          await giveSubmissionBack(scope, query, link.id)
          throw error
        })
      const message = form.texts.success ?? 'Thank you. Your answers were sent.'
      if (!link.show_result) return { message }
      const answer = await within(RESULT_MS, executor.answerOf(scope, executionId, exchange.reply.raw))
      return answer?.status === 'SUCCESS' ? { message, result: answer.result } : { message }
    }),
  ]
}

/** Ends a body that is too large where it gets too large, and with it when the visitor leaves. */
function bounded(body: NodeJS.ReadableStream, bytesMax: number): Transform {
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.byteLength
      if (size <= bytesMax) done(null, chunk)
      else
        done(
          new AppError('body_too_large', `A file may have at most ${Math.floor(bytesMax / 1024)} KB here.`),
        )
    },
  })
  return pipeline(body, counted, () => {})
}

/** What comes in time; null when it does not. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  // When it is late, no client waits any more, so no client would hear that it failed.
  work.catch(() => {})
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
