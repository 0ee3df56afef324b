import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { median } from './figures.ts'
import { type Postgres, poolOf } from './postgres.ts'

/** What the machine gives anybody; figures of two machines compare only beside this. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  node: string
  postgres: string
  /** Of the minute before the run: above 0.5 the machine is not ours alone. */
  loadBefore: number
  fdatasyncMs: number
  insertMs: number
  insertsPerSecondAt16: number
}

export async function measureMachine(postgres: Postgres, scratch: string, quick: boolean): Promise<Machine> {
  const loadBefore = loadavg()[0] ?? 0
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres: postgres.version,
    loadBefore,
    fdatasyncMs: fdatasync(scratch, quick ? 300 : 2_000),
    ...(await inserts(postgres, quick)),
  }
}

/** An 8 KiB write made durable: what no database on this disk can beat. */
function fdatasync(scratch: string, times: number): number {
  const file = openSync(join(scratch, 'fdatasync'), 'w')
  const block = Buffer.alloc(8192, 1)
  const taken: number[] = []
  for (let n = 0; n < times; n += 1) {
    const startedAt = performance.now()
    writeSync(file, block, 0, block.length, (n % 128) * block.length)
    fdatasyncSync(file)
    taken.push(performance.now() - startedAt)
  }
  closeSync(file)
  return median(taken)
}

async function inserts(postgres: Postgres, quick: boolean) {
  const pool = poolOf(await postgres.database('machine'), 16)
  await pool.query('create table t (id bigint generated always as identity primary key, body text)')
  const insert = () =>
    pool.query({ name: 'i', text: 'insert into t (body) values ($1)', values: ['x'.repeat(100)] })
  const taken: number[] = []
  for (let n = 0; n < (quick ? 300 : 2_000); n += 1) {
    const startedAt = performance.now()
    await insert()
    taken.push(performance.now() - startedAt)
  }
  const forMs = quick ? 500 : 2_000
  const startedAt = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (performance.now() - startedAt < forMs) {
        await insert()
        done += 1
      }
    }),
  )
  const perSecond = (done / (performance.now() - startedAt)) * 1000
  await pool.end()
  return { insertMs: median(taken.slice(taken.length / 10)), insertsPerSecondAt16: perSecond }
}

export const machineText = (machine: Machine): string =>
  [
    `Machine: ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GiB, Node ${machine.node}, PostgreSQL ${machine.postgres}, load before ${machine.loadBefore.toFixed(2)}`,
    `         8 KiB write + fdatasync ${machine.fdatasyncMs.toFixed(2)} ms; single-row durable insert ${machine.insertMs.toFixed(2)} ms, ${Math.round(machine.insertsPerSecondAt16).toLocaleString('en-GB')}/s at 16`,
    ...(machine.loadBefore > 0.5
      ? ['         Something else uses this machine: take the ratios, not the figures.']
      : []),
  ].join('\n')
