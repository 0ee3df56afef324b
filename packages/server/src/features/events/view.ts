import type { EventDetail, EventSummary, Json } from '@bifrost/contract'
import type { DeliveryRow, SummaryRow } from './queries.ts'

const NONE = { started: 0, woken: 0, cancelled: 0, declined: 0, failed: 0, waiting: 0 }

export const summaryOf = (row: SummaryRow): EventSummary => ({
  id: row.id,
  name: row.name,
  emitted_id: row.emitted_id,
  key: row.key,
  created_at: row.created_at.toISOString(),
  execution_id: row.execution_id,
  emitted_by: row.user_id ? { id: row.user_id, name: row.user_name ?? 'Former user' } : null,
  deliveries: row.counts ?? NONE,
})

export const detailOf = (row: SummaryRow, payload: Json, deliveries: DeliveryRow[]): EventDetail => ({
  ...summaryOf(row),
  payload,
  items: deliveries.map((one) => ({
    ...one,
    created_at: one.created_at.toISOString(),
    updated_at: one.updated_at.toISOString(),
  })),
})
