import { describe, expect, test } from 'vitest'
import { Pulse } from './pulse.ts'
import { StateMachine, type Transitions } from './state-machine.ts'
import {
  attemptPhases,
  childLives,
  claimStates,
  leaseStates,
  pulseStates,
  stopPhases,
  workerModes,
} from './states.ts'

const machines: Record<string, { table: Transitions<string>; first: string }> = {
  attempt: { table: attemptPhases, first: 'reading' },
  stop: { table: stopPhases, first: 'none' },
  child: { table: childLives, first: 'blank' },
  pulse: { table: pulseStates, first: 'answering' },
  worker: { table: workerModes, first: 'new' },
  lease: { table: leaseStates, first: 'new' },
  claim: { table: claimStates, first: 'free' },
}

test.each(Object.entries(machines))('%s: each state is reached from the first one', (_, { table, first }) => {
  const reached = new Set([first])
  for (const state of reached) for (const next of table[state] ?? []) reached.add(next)
  expect([...reached].sort()).toEqual(Object.keys(table).sort())
})

test.each(Object.entries(machines))('%s: a change of the table happens, and no other', (name, { table }) => {
  for (const from of Object.keys(table))
    for (const to of Object.keys(table)) {
      const machine = new StateMachine(name, table, from)
      const isAllowed = table[from]?.includes(to)
      if (isAllowed) machine.become(to)
      else expect(() => machine.become(to)).toThrow(`${name} cannot become ${to}: it is ${from}.`)
      expect(machine.state).toBe(isAllowed ? to : from)
    }
})

test('what has ended never begins again', () => {
  expect([attemptPhases.ended, childLives.ended, workerModes.stopped, leaseStates.left]).toEqual([
    [],
    [],
    [],
    [],
  ])
})

describe('the pulse of a child', () => {
  test('one that owes an answer is asked once, and is blocked from the next look on, until it answers', () => {
    const pulse = new Pulse()
    expect([pulse.ask(), pulse.isBlocked]).toEqual([true, false])
    expect([pulse.ask(), pulse.isBlocked]).toEqual([false, true])
    expect([pulse.ask(), pulse.isBlocked]).toEqual([false, true])
    pulse.answered()
    expect([pulse.isBlocked, pulse.ask()]).toEqual([false, true])
  })

  test('an answer that was not asked for changes nothing', () => {
    const pulse = new Pulse()
    pulse.answered()
    pulse.answered()
    expect([pulse.isBlocked, pulse.ask()]).toEqual([false, true])
  })

  test('it is held until the last run has left, and busy until that run has, or it answers', () => {
    const pulse = new Pulse()
    pulse.busy(1)
    pulse.left(2, false)
    expect([pulse.isHeld, pulse.busyRun]).toEqual([true, 1])
    pulse.answered()
    expect([pulse.isHeld, pulse.busyRun]).toEqual([true, null])
    pulse.left(1, true)
    expect(pulse.isHeld).toBe(false)
  })
})
