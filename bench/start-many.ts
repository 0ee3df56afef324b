import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './figures.ts'
import { poolOf } from './postgres.ts'
import type { Question } from './question.ts'

interface Answer {
  status: string
  result: { started: number; duplicates: number; tookMs: number } | null
  error: { message: string } | null
}

export const startMany: Question = {
  name: 'start-many',
  title: 'workflows.startMany: one run per record, by key, from inside a run',
  async measure(bench) {
    const platform = await bench.platform()
    const records = 10_000
    const rounds = bench.quick ? 3 : 7
    const pool = poolOf(await bench.database(), 1)
    const drained = async () => {
      const giveUpAt = Date.now() + 120_000
      while ((await pool.query('select 1 from queue limit 1')).rows.length > 0) {
        if (Date.now() > giveUpAt) throw new Error('The queue was not empty after 2 minutes.')
        await sleep(20)
      }
    }
    const emit = async (from: number, expected: 'started' | 'duplicates') => {
      const answer = await platform.api<Answer>('POST', '/api/workflows/emitter/execute', {
        input: { records, from },
      })
      if (answer.result?.[expected] !== records)
        throw new Error(
          `The emitter ended ${answer.status}: ${answer.error?.message ?? JSON.stringify(answer.result)}`,
        )
      return answer.result.tookMs
    }
    const accepted: number[] = []
    const known: number[] = []
    try {
      for (let round = 0; round < rounds; round += 1) {
        await bench.postgres.settle()
        accepted.push(await emit(round * records, 'started'))
        await drained()
        known.push(await emit(round * records, 'duplicates'))
      }
    } finally {
      await pool.end()
    }
    return {
      rows: [
        {
          label: '10,000 new records accepted, p50',
          unit: 'ms',
          better: 'lower',
          cells: { bifrost: median(accepted) },
          goal: 500,
          floor: { value: 2_000, why: 'fixed' },
        },
        {
          label: '10,000 records that all had a run, p50',
          unit: 'ms',
          better: 'lower',
          cells: { bifrost: median(known) },
        },
      ],
      notes: [
        'from the call in the emitter to its answer: keys, checks, one row of history and one of the queue for each record, committed',
        'while they are accepted, the worker of the same process begins to run them',
      ],
    }
  },
}
