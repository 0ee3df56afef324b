import type { Json } from '@bifrost/contract'

/**
 * What of the platform a run comes from: a form, a schedule, an event, a key of an endpoint. The engine stores it and
 * gives it back without reading it, so a new way to start runs is a new kind and changes nothing here.
 */
export interface RunOrigin {
  kind: string
  id: string
  /** As it was called then. */
  name: string | null
  /** What its runs are told of it. */
  data: Json
}

/** The same, as the columns of a run's row. */
export interface OriginColumns {
  origin_kind: string | null
  origin_id: string | null
  origin_name: string | null
  origin_data: Json
}

export const originOf = (row: OriginColumns): RunOrigin | null =>
  row.origin_kind === null || row.origin_id === null
    ? null
    : { kind: row.origin_kind, id: row.origin_id, name: row.origin_name, data: row.origin_data }

/** What a new run with the input of an old one comes from: that which tells its runs something. */
export const rerunOrigin = (row: OriginColumns): RunOrigin | null =>
  row.origin_data === null ? null : originOf(row)
