import { expect, test } from 'vitest'
import { namedPlan, PLAN_NAMES, type PlanName } from './named-plans.ts'
import { simulate } from './sim/simulate.ts'

test('[LAB9] the faults of all named plans leave every promise kept on simulated machines too', async () => {
  const { acked, faults, joined } = await simulate(namedPlan('all', 4))
  expect(acked).toBeGreaterThan(500)
  expect(faults).toBe(namedPlan('all', 4).faults.length)
  // [LAB32] One in each half.
  expect(joined).toEqual(['ember', 'fern'])
})

test.each(PLAN_NAMES)(
  '[LAB9] in the plan "%s" a Service is asked fifty times a second, and there are five writes',
  (name) => {
    const { operations, safetyMs } = namedPlan(name, 4)
    // From when the pods are up.
    const during = operations.filter(({ atMs }) => atMs >= 6_000)
    const verbs = during.map(({ what }) => (what as { verb: string }).verb)
    const perSecond = (verb: string): number => verbs.filter((each) => each === verb).length / (safetyMs / 1_000 - 6)
    expect([Math.round(perSecond('visit')), Math.round(perSecond('note'))]).toEqual([50, 5])
  },
)

test('[LAB9] the plan "all" has every fault of the others, each for two seconds at least or as long as there', () => {
  const lasting = (name: PlanName) =>
    new Map(namedPlan(name, 4).faults.map(({ id, fromMs, toMs }) => [id, toMs - fromMs] as const))
  const others = PLAN_NAMES.filter((name) => name !== 'all').map(lasting)
  const all = lasting('all')
  expect([...all.keys()]).toEqual(others.flatMap((each) => [...each.keys()]))
  for (const [id, ms] of others.flatMap((each) => [...each]))
    expect(all.get(id)).toBeGreaterThanOrEqual(Math.min(ms, 2_000))
})
