import { expect, test } from 'vitest'
import { namedPlan, PLAN_NAMES } from './named-plans.ts'
import { simulate } from './sim/simulate.ts'

test.each(PLAN_NAMES)('[LAB9] the plan "%s" keeps its promises on simulated machines too', async (name) => {
  const { acked, faults } = await simulate(namedPlan(name, 4))
  expect(acked).toBeGreaterThan(100)
  expect(faults).toBeGreaterThan(3)
})
