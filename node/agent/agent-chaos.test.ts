/**
 * Whatever happens to a node, once it is left alone its claims are true: every claimed pod runs exactly once, nothing else does.
 *
 * @module
 */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RuntimeError } from '../runtime/runtime.ts'
import { AgentRig, WEB } from './testing.ts'
import type { SimOperation } from './sim-runtime.ts'

type Deed =
  | { readonly do: 'claim' | 'hang' | 'resume' | 'break' | 'mend' | 'kill-agent' | 'reboot' | 'lose-disk' | 'deafen' }
  | { readonly do: 'release' | 'kill-container' | 'remove-by-hand' | 'remove-part'; readonly which: number }
  | { readonly do: 'fail'; readonly operation: SimOperation; readonly times: number }
  | { readonly do: 'wait'; readonly ms: number }

const OPERATIONS = ['inspect', 'create', 'start', 'recreate', 'stop', 'remove', 'logs', 'list', 'check'] as const

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 30, 60, 200, 1_000, 12_000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('hang' as const, 'resume' as const, 'break' as const, 'mend' as const, 'kill-agent' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('reboot' as const, 'lose-disk' as const, 'deafen' as const) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'release' as const,
        'kill-container' as const,
        'remove-by-hand' as const,
        'remove-part' as const,
      ),
      which: fc.nat(5),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      operation: fc.constantFrom(...OPERATIONS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

class Ordeal {
  readonly rig = new AgentRig({
    template: { spec: { containers: [...WEB.spec.containers, { name: 'log', image: 'log' }] } },
  })
  readonly #released = new Set<string>()
  readonly #uids: string[] = []

  async suffer(one: Deed): Promise<void> {
    const { rig } = this
    switch (one.do) {
      case 'claim':
        this.#uids.push(rig.claim())
        return
      case 'wait':
        return rig.advance(one.ms)
      case 'hang':
        return rig.runtime.hang()
      case 'resume':
        return rig.runtime.resume()
      case 'break':
        return rig.runtime.break('broken')
      case 'mend':
        return rig.runtime.mend()
      case 'deafen':
        return rig.deafen()
      case 'kill-agent':
        return this.#restart(() => {})
      case 'reboot':
        return this.#restart(() => rig.runtime.reboot())
      case 'lose-disk':
        return this.#restart(() => rig.records.clear())
      case 'release':
        this.#release(one.which)
        return
      case 'kill-container':
        return rig.runtime.kill(this.#pick(one.which), 'web')
      case 'remove-by-hand':
        return rig.runtime.removeByHand(this.#pick(one.which))
      case 'remove-part':
        return rig.runtime.removeByHand(this.#pick(one.which), 'log')
      case 'fail':
        return rig.runtime.failNext(one.operation, new RuntimeError('failed', 'by order of the test'), one.times)
    }
  }

  async leaveAlone(): Promise<void> {
    this.rig.runtime.resume()
    this.rig.runtime.mend()
    this.rig.runtime.forgive()
    // As placement does: what is not wanted is said again.
    await this.rig.advance(700_000)
    for (const uid of this.#released) if (this.rig.records.has(uid)) this.rig.release(uid)
    await this.rig.advance(20_000)
  }

  assertTrue(): void {
    const { rig } = this
    expect([...rig.records.keys()].filter((uid) => this.#released.has(uid))).toEqual([])
    expect(new Set(rig.runtime.uids)).toEqual(new Set(rig.records.keys()))
    for (const [uid, fact] of rig.records) {
      expect(fact).toMatchObject({ phase: 'Running', ready: true, reason: '' })
      expect(rig.runtime.pod(uid)?.containers.map(({ run }) => run.state)).toEqual(['running', 'running'])
    }
    expect(rig.notes.filter(({ what }) => what === 'actor-failed')).toEqual([])
  }

  async #restart(meanwhile: () => void): Promise<void> {
    this.rig.kill()
    meanwhile()
    await this.rig.start()
  }

  #release(which: number): void {
    const uid = this.#pick(which)
    if (uid === '') return
    this.#released.add(uid)
    this.rig.release(uid)
  }

  #pick(which: number): string {
    return this.#uids[which % Math.max(1, this.#uids.length)] ?? ''
  }
}

test('[AGT14] whatever happens, once left alone every claimed pod runs once and nothing else runs', async () => {
  let pods = 0
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 30 }), async (deeds) => {
      const ordeal = new Ordeal()
      await ordeal.rig.start()
      for (const one of deeds) await ordeal.suffer(one)
      await ordeal.leaveAlone()
      ordeal.assertTrue()
      pods += ordeal.rig.runtime.uids.length
    }),
    { numRuns: Number(process.env['SHOAL_RUNS'] ?? 20) },
  )
  expect(pods).toBeGreaterThan(0)
})
