import { type LogLine, routes, type StreamEvent } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useState } from 'react'
import { addressOf } from '../../../app/acting.ts'
import { meQuery } from '../../../app/who-is-in.ts'
import { nothingStreamed, type RunStatus, type StreamState, withEvents } from './stream-state.ts'

export type Connection = 'connecting' | 'open' | 'lost' | 'closed'

/** Often enough to look immediate, seldom enough that ten thousand lines are a dozen renders. */
const flushMs = 80
const reconnectMs = { first: 500, max: 10_000 }

/**
 * Follows a run. The browser reconnects by itself after a lost connection and says which line it had last; when the
 * server refuses, this tries again, and lines that come twice are known by their number.
 */
export function useRunStream(id: string): StreamState & { connection: Connection } {
  const [state, apply] = useReducer(withEvents, nothingStreamed)
  const [connection, setConnection] = useState<Connection>('connecting')
  const client = useQueryClient()

  useEffect(() => {
    let source: EventSource | null = null
    let retry: ReturnType<typeof setTimeout> | undefined
    let delayMs = reconnectMs.first
    let pause: ReturnType<typeof setTimeout> | undefined
    let batch: StreamEvent[] = []

    // A run may log thousands of lines a second: what arrives within a moment is one change of state.
    const flush = () => {
      pause = undefined
      const events = batch
      batch = []
      apply(events)
    }
    const add = (event: StreamEvent) => {
      batch.push(event)
      pause ??= setTimeout(flush, flushMs)
    }
    const open = () => {
      source = new EventSource(addressOf(routes.streamExecution, { id }))
      source.onopen = () => {
        delayMs = reconnectMs.first
        setConnection('open')
      }
      source.onerror = () => {
        setConnection('lost')
        if (source?.readyState !== EventSource.CLOSED) return
        retry = setTimeout(open, delayMs)
        delayMs = Math.min(delayMs * 2, reconnectMs.max)
        // Tells an ended session from an unreachable server: the query's error leads to sign-in.
        void client.invalidateQueries({ queryKey: meQuery().queryKey })
      }
      source.addEventListener('log', ({ data }) => add({ event: 'log', data: JSON.parse(data) as LogLine }))
      source.addEventListener('status', ({ data }) =>
        add({ event: 'status', data: JSON.parse(data) as RunStatus }),
      )
      source.addEventListener('end', ({ data }) => {
        source?.close()
        setConnection('closed')
        add({ event: 'end', data: JSON.parse(data) as RunStatus })
        void client.invalidateQueries({ queryKey: ['executions'] })
      })
    }
    open()
    return () => {
      source?.close()
      clearTimeout(retry)
      clearTimeout(pause)
    }
  }, [id, client])

  return { ...state, connection }
}
