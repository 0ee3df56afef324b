import { expect, test } from 'vitest'
import { createFeatures, type FeatureContext, feature } from './feature.ts'

// None of these features looks at the platform.
const context = {} as FeatureContext

const created: string[] = []
const clock = feature({
  create() {
    created.push('clock')
    return { value: { now: () => 7 }, uses: async (_scope, id) => [`the clock of ${id}`] }
  },
})
const alarm = feature({
  needs: { clock },
  create(_context, needs) {
    created.push('alarm')
    return { value: { rings: () => needs.clock.now() + 1 }, uses: async () => ['the alarm'] }
  },
})
const asks = feature({
  create: ({ usesOf }) => ({ value: { uses: (id: string) => usesOf({} as never, id) } }),
})

test('a feature is created once, after those that it needs, whatever the order of the list', async () => {
  created.length = 0
  const features = createFeatures({ asks, alarm, clock }, context)
  expect(created).toEqual(['clock', 'alarm'])
  expect(features.parts).toHaveLength(3)
  expect(features.valueOf(alarm).rings()).toBe(8)
  // Also what was created later than the feature that asks.
  expect(await features.valueOf(asks).uses('a workflow')).toEqual(['the clock of a workflow', 'the alarm'])
})

test('what a feature does not name in its needs does not compile, and neither does a missing method', () => {
  feature({
    needs: { clock },
    // @ts-expect-error -- it does not need the alarm
    create: (_context, { alarm: other }) => ({ value: other }),
  })
  const { methods } = createFeatures(
    { lists: feature({ create: () => ({ methods: { 'config.list': async () => [] } }) }), clock },
    context,
  )
  expect(Object.keys(methods)).toEqual(['config.list'])
  // @ts-expect-error -- none of the features implements it
  expect(methods['config.get']).toBeUndefined()
})
