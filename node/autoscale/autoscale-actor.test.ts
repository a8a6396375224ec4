import { expect, test } from 'vitest'
import type { Autoscaler, UsageFact } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { aPod, KEY } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { AutoscaleActor, type AutoscalePorts } from './autoscale-actor.ts'

test('[HPA13] usage is measured and told of scaled pods alone, and only while somebody scales by it', async () => {
  const time = new VirtualTime({ startMs: 0 })
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const said: UsageFact[] = []
  let autoscalers: Autoscaler[] = []
  let measures = 0
  const measure = async (): Promise<UsageFact> => {
    measures += 1
    return { overMs: measures === 1 ? 0 : 3_000, pods: { scaled: { web: [1, 1] }, other: { web: [1, 1] } } }
  }
  const own = [aPod('a', { uid: 'scaled' }), aPod('a', { uid: 'other', workload: 'apps/Deployment/default/db' })]
  const view = { autoscalers: () => autoscalers, scaling: () => undefined, podsOn: () => own }
  const ports = { self: 'a', view, measure, say: (fact: UsageFact) => void said.push(fact) }
  const actor = system.spawn('autoscale', () => new AutoscaleActor(ports as unknown as AutoscalePorts))
  system.tell(actor, { type: 'look' })
  for (let second = 0; second < 30; second++) await time.advanceAndSettle(1_000)
  expect(measures).toBe(0)
  autoscalers = [{ key: 'autoscaling/HorizontalPodAutoscaler/default/web', target: KEY } as Autoscaler]
  for (let second = 0; second < 21; second++) await time.advanceAndSettle(1_000)
  expect(measures).toBe(3)
  expect(said).toEqual(Array.from({ length: 2 }, () => ({ overMs: 3_000, pods: { scaled: { web: [1, 1] } } })))
})
