// The workspace of the filled database (filled.sql.gz), as it was when the dump was made: its runs continue on it.

export const files = {
  'organizations/contoso/shop.ts': `import { config, cursor, FatalError, files, type FileRef, integrations, logger, screen, sleep, step, waitForEvent, workflow, workflows } from 'bifrost'

const gate = async (name: string) => {
  while (!(await files.exists(name, { location: 'temp' }))) await new Promise((go) => setTimeout(go, 50))
}
/** Greets by name. */
export const greet = workflow({ endpointEnabled: true, allowedMethods: ['GET', 'POST'], schedule: '0 6 * * 1', timeSaved: 2, columns: { Name: 'input.name' } }, async (name: string) => {
  const greeting = 'hello ' + name
  logger.info(greeting)
  logger.warning('%s was greeted', name)
  return { greeting }
})
export const opening = workflow(async () => ({ mail: 'ada@contoso.example' }))
export const take = workflow({ executionMode: 'sync' }, async (customer: string, letter: FileRef | null = null) => ({ customer, letter: letter && (await files.read(letter)) }))
export const fails = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 0 } }, async () => { throw new RangeError('no luck') })
export const partly = workflow(async () => ({ success: false, message: 'two of three' }))
export const slow = workflow({ timeoutSeconds: 1 }, async () => { await new Promise((go) => setTimeout(go, 60_000)) })
export const asks = workflow(async () => {
  const before = await step('before', () => ({ asked: 'yes' }))
  const answer = await step('approve', ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend({ reason: 'for the approval' }))
  return { before, answer, secret: (await config.get('shop.token')) === 'hunter3-of-contoso' }
})
export const asksLater = workflow(async () => {
  await step('before', () => 1)
  await sleep('30 days')
  return step('later', ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend())
})
export const calls = workflow(async () => ({ child: await workflows.run(asks, {}) }))
export const approve = workflow(async (total: number, who: string) => screen('approve', {
  title: 'Approve the order', description: 'More than usual.', props: { total },
  fields: { approved: 'boolean', reason: { type: 'string', required: false, options: ['price', 'quality'] } },
  assignee: { user: who },
}))
export const sleeps = workflow(async () => { await sleep('30 days'); return 'rested' })
export const awaits = workflow({ cancelOn: { event: 'shop.cancelled', match: { orderId: 'input.orderId' } } }, async (orderId: string) => waitForEvent('shop.paid', { match: { orderId } }))
export const ordered = workflow({ startOn: { event: 'shop.order' } }, async (orderId: string) => orderId)
export const many = workflow(async () => (await workflows.startMany(child, [{ n: 1 }, { n: 2 }], { key: (record) => String(record.n) })).started)
export const child = workflow(async (n: number) => n * 2)
export const reads = workflow(async () => { const place = cursor<number>('orders'); await place.get(); await place.set(17) })
export const rated = workflow({ rate: { limit: 1, perSeconds: 3600 } }, async (n: number) => n)
export const usesSecret = workflow(async () => { const token = String(await config.get('shop.token')); logger.info('The token is ' + token); return { token, length: token.length } })
export const callsPortal = workflow(async (name: string) => (await integrations.getClient(name)).get('/things', { retries: 0 }))
export const gated = workflow({ concurrency: { limit: 1 } }, async (open: string) => {
  const first = await step('first', () => 'kept')
  await gate(open)
  return { first, second: await step('second', () => 'done') }
})
export const only = workflow({ singleton: true }, async (open: string) => { await gate(open); return 'alone' })
export const undoes = workflow(async () => {
  await step('book', { undo: async () => { logger.info('undoing'); await gate('open') } }, () => 'booked')
  await sleep('30 days')
  throw new FatalError('never')
})
`,
  'review.tsx': `import { Button, useScreen } from 'bifrost/screen'
export default function Review() {
  const { props, complete } = useScreen<{ n: number }>()
  return <Button onClick={() => complete({ ok: true })}>Fine: {props.n}</Button>
}
`,
  'shared.ts': `import { screen, workflow } from 'bifrost'
/** Everybody's. */
export const review = workflow(async () => screen('review', { title: 'Review', component: './review.tsx', props: { n: 1 }, output: { ok: 'boolean' } }))
`,
}
