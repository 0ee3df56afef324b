import { AppError, limits, routes, validationError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { listScope, may, type OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import { grantedTo } from '../../tenancy/access.ts'
import { plannedTime } from '../workflows/workflows.ts'
import { type Forms, shownForm } from './forms.ts'
import type { FormLinks } from './links.ts'
import { listForms } from './queries.ts'
import { answersIn, type FormUse, type FormUser } from './use-form.ts'

export interface FormRouteOptions {
  db: Database
  forms: Forms
  use: FormUse
  /** What a request came with: a session or an API key. */
  credentialOf(request: FastifyRequest): { kind: string; id: string } | null
  links: FormLinks
}

export function formRoutes({ db, forms, use, links, credentialOf }: FormRouteOptions): Implementation[] {
  // A handle is for the session or the key that it was given to: that of another caller is unknown. A session stays the same
  // when its token is replaced.
  const userOf = (scope: OrgScope, request: FastifyRequest): FormUser => {
    const { kind, id } = credentialOf(request) ?? {}
    return { scope, boundTo: hashToken(JSON.stringify([scope.userId, scope.orgId, kind, id])) }
  }
  return [
    implement(routes.listForms, async (scope, { query }) => {
      const limit = query.limit ?? limits.pageSizeDefault
      const list = listScope(scope, query.scope)
      const statements = db.as(scope, list)
      const rows = await listForms(scope, statements.query, {
        search: query.search,
        workflow: query.workflow,
        list,
        all: may(scope, 'form:read'),
        granted: [...(await grantedTo(db.as(scope).query, scope, 'form'))],
        after: query.cursor === undefined ? undefined : readCursor(query.cursor),
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return {
        items: await Promise.all(items.map((row) => forms.summary(scope, row))),
        next_cursor: rows.length > limit && last ? `${last.id}_${last.name}` : null,
      }
    }),
    implement(routes.getForm, async (scope, { params }) => shownForm(await forms.usable(scope, params.id))),
    implement(routes.getFormSettings, (scope, { params }) => forms.settings(scope, params.id)),
    implement(routes.createForm, (scope, { body }) => forms.create(scope, body)),
    implement(routes.updateForm, (scope, { params, body }) => forms.change(scope, params.id, body)),
    implement(routes.deleteForm, async (scope, { params }) => {
      await forms.remove(scope, params.id)
      return null
    }),
    implement(routes.startForm, async (scope, { params }, { request, reply }) =>
      use.launch(userOf(scope, request), await usable(forms, scope, params.id), reply.raw),
    ),
    implement(routes.getFormOptions, async (scope, { params, body }, { request, reply }) => ({
      items: await use.options(
        userOf(scope, request),
        await forms.usable(scope, params.id),
        params.field,
        answersIn(body),
        body.startup_handle,
        reply.raw,
      ),
    })),
    implement(routes.submitForm, async (scope, { params, body }, { request, reply }) => {
      const form = await usable(forms, scope, params.id)
      const scheduledAt = plannedTime(body, new Date())
      if (scheduledAt && !form.allow_schedule)
        throw validationError([
          {
            field: body.delay_seconds === undefined ? 'scheduled_at' : 'delay_seconds',
            message: 'is not for this form',
          },
        ])
      const { executionId, status } = await use.submit(
        userOf(scope, request),
        form,
        {
          fields: body.fields,
          handle: body.startup_handle,
          scheduledAt,
          idempotencyKey: body.idempotency_key,
        },
        reply.raw,
      )
      return { execution_id: executionId, status, message: form.texts.success ?? 'Submitted.' }
    }),
    implement(routes.listFormLinks, async (scope, { params }) => {
      const form = await forms.find(scope, params.id)
      return { items: await links.list(scope, form.id) }
    }),
    implement(routes.createFormLink, async (scope, { params, body }) =>
      links.create(scope, await forms.find(scope, params.id), body),
    ),
    implement(routes.updateFormLink, async (scope, { params, body }) =>
      links.change(scope, await forms.find(scope, params.id), params.link_id, body),
    ),
    implement(routes.deleteFormLink, async (scope, { params }) => {
      await links.remove(scope, await forms.find(scope, params.id), params.link_id)
      return null
    }),
  ]
}

/** A form that is switched off can be looked at by those who build it, and used by no one. */
async function usable(forms: Forms, scope: OrgScope, id: string) {
  const form = await forms.usable(scope, id)
  if (!form.is_active) throw new AppError('conflict', 'This form is disabled.')
  return form
}

function readCursor(text: string): { id: string; name: string } {
  const [, id, name] = /^([0-9a-f-]{36})_(.*)$/s.exec(text) ?? []
  if (id === undefined || name === undefined)
    throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
  return { id, name }
}
