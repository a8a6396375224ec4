import { describe, expect, test } from 'vitest'
import { weight } from '../placement/rendezvous.ts'
import { Detector, type DetectorEffect } from './detector.ts'
import { Simulation } from './simulation.ts'
import { FIRST_LINK_MS, HOLD_MS, HOLD_MS_MAX, LOST_MS, TICK_MS } from './timing.ts'

const SEEDS = [1, 2, 3]

/** From `sinceMs` until the last observer came to this verdict. */
const knownAfter = (
  { changes }: Simulation,
  { node, verdict, sinceMs }: { node: string; verdict: string; sinceMs: number },
) =>
  Math.max(
    ...changes
      .filter((change) => change.node === node && change.verdict === verdict && change.atMs >= sinceMs)
      .map(({ atMs }) => atMs),
  ) - sinceMs

const settled = (options: ConstructorParameters<typeof Simulation>[0]) => {
  const simulation = new Simulation(options)
  simulation.run(5_000 + simulation.dice() * 500)
  return simulation
}

describe('a member that dies silently', () => {
  test('[DET1] is unreachable to all ten nodes about 1.6 s after its death', () => {
    const times = Array.from({ length: 10 }, (_, seed) => {
      const simulation = settled({ nodes: 10, seed })
      const sinceMs = simulation.nowMs
      simulation.die('n3')
      simulation.run(2_500)
      expect(simulation.verdicts('n3')).toEqual(['unreachable'])
      return knownAfter(simulation, { node: 'n3', verdict: 'unreachable', sinceMs })
    })
    const mean = times.reduce((sum, ms) => sum + ms) / times.length
    expect(mean).toBeLessThan(1_750)
    expect(Math.max(...times)).toBeLessThan(2_100)
  })

  test('[DET3] is lost to all after a further 5 s', () => {
    const simulation = settled({ nodes: 10 })
    const sinceMs = simulation.nowMs
    simulation.die('n3')
    simulation.run(LOST_MS + 2_500)
    expect(simulation.verdicts('n3')).toEqual(['lost'])
    expect(knownAfter(simulation, { node: 'n3', verdict: 'lost', sinceMs })).toBeGreaterThan(LOST_MS + 1_000)
  })

  test('[DET2] in a large cluster is known to those without a link to it as well', () => {
    const simulation = settled({ nodes: 100 })
    simulation.die('n3')
    simulation.run(2_500)
    expect(simulation.verdicts('n3')).toEqual(['unreachable'])
  })

  test('[DET2] of two nodes: the one that is left decides alone', () => {
    const simulation = settled({ nodes: 2 })
    simulation.die('n1')
    simulation.run(2_500)
    expect(simulation.verdict('n0', 'n1')).toBe('unreachable')
  })

  test('[DET2] of many, at once: those that are left agree on each', () => {
    const simulation = settled({ nodes: 10 })
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']) simulation.die(id)
    simulation.run(2_500)
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']) expect(simulation.verdicts(id)).toEqual(['unreachable'])
    expect(simulation.verdicts('n7')).toEqual(['alive'])
  })
})

describe('a node that stood still while another one died', () => {
  test('[DET17] asks, and hears from those who decided it without telling', () => {
    const simulation = settled({ nodes: 3 })
    simulation.stall('n0', 4_000)
    simulation.run(2_300)
    simulation.die('n1')
    simulation.run(1_700)
    expect(simulation.verdict('n2', 'n1')).toBe('unreachable')
    simulation.run(5_000)
    expect(simulation.verdicts('n1')).not.toContain('alive')
    expect(simulation.verdict('n0', 'n2')).toBe('alive')
    const framesSoFar = simulation.frames
    simulation.run(10_000)
    // Two beats a second each way: an answer asks nobody.
    expect(simulation.frames - framesSoFar).toBeLessThanOrEqual(45)
  })
})

test('[DET17] a node whose return the dead one had told nobody of is answered as well', () => {
  for (let afterMs = 50; afterMs <= 1_000; afterMs += 50) {
    const simulation = settled({ nodes: 3 })
    simulation.killAgent('n1')
    simulation.run(3_000)
    simulation.restart('n1')
    simulation.run(afterMs)
    simulation.killAgent('n2')
    simulation.run(1_500)
    expect([afterMs, simulation.verdicts('n2')]).toEqual([afterMs, ['agent-gone']])
  }
})

describe('a node that has just started', () => {
  const verdictsOf = ({ triedMs = Infinity, untilMs }: { triedMs?: number; untilMs: number }) => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b'], wanted: new Set(['b']) }, 0)
    for (let nowMs = 100; nowMs <= untilMs; nowMs += 100) {
      if (nowMs === triedMs) detector.tried('b')
      detector.tick(nowMs)
    }
    return detector.verdict('b')
  }

  test('[DET15] takes nobody for away while its first dial is under way', () => {
    expect(verdictsOf({ untilMs: FIRST_LINK_MS })).toBe('alive')
  })

  test('[DET15] decides when the dial has ended, or taken too long', () => {
    expect(verdictsOf({ triedMs: 3_000, untilMs: 3_500 })).toBe('unreachable')
    expect(verdictsOf({ untilMs: FIRST_LINK_MS + 1_000 })).toBe('unreachable')
  })
})

describe('a node that is cut off', () => {
  test('[DET2, DET8] holds all others to be away, tells nobody, and they hold it to be away', () => {
    const simulation = settled({ nodes: 5 })
    simulation.cut((from, to) => (from === 'n0') !== (to === 'n0'))
    simulation.run(2_500)
    for (const id of ['n1', 'n2', 'n3', 'n4']) expect(simulation.verdict('n0', id)).toBe('unreachable')
    expect(simulation.verdicts('n0')).toEqual(['unreachable'])
    for (const id of ['n2', 'n3', 'n4']) expect(simulation.verdict('n1', id)).toBe('alive')
  })

  test('[DET10] holds also those to be away that it has no link to', () => {
    const simulation = settled({ nodes: 20 })
    simulation.cut((from, to) => (from === 'n0') !== (to === 'n0'))
    simulation.run(2_500)
    for (const { id } of simulation.nodes.slice(1)) expect(simulation.verdict('n0', id)).toBe('unreachable')
  })

  test('[DET6] is alive to all again when it is heard, and they to it', () => {
    const simulation = settled({ nodes: 20 })
    simulation.cut((from, to) => (from === 'n0') !== (to === 'n0'))
    simulation.run(10_000)
    simulation.heal()
    simulation.run(3_000)
    expect(simulation.verdicts('n0')).toEqual(['alive'])
  })

  test('[DET2] two halves each hold the other to be away and themselves alive', () => {
    const half = (id: string) => Number(id.slice(1)) % 2
    const simulation = settled({ nodes: 4 })
    simulation.cut((from, to) => half(from) !== half(to))
    simulation.run(2_500)
    for (const { id } of simulation.nodes) {
      for (const other of simulation.nodes.filter((node) => node.id !== id)) {
        expect(simulation.verdict(id, other.id)).toBe(half(id) === half(other.id) ? 'alive' : 'unreachable')
      }
    }
    simulation.heal()
    simulation.run(3_000)
    for (const { id } of simulation.nodes) expect(simulation.verdicts(id)).toEqual(['alive'])
  })
})

/** What each group thinks of itself and of all others. */
const opinions = (simulation: Simulation, group: readonly string[]) => {
  const others = simulation.nodes.map(({ id }) => id).filter((id) => !group.includes(id))
  const of = (targets: readonly string[]) => [
    ...new Set(
      group.flatMap((id) => targets.flatMap((target) => (target === id ? [] : [simulation.verdict(id, target)]))),
    ),
  ]
  return { own: of(group), others: of(others) }
}

describe.each([20, 40])('a cluster of %i nodes, of which most have no link with one another,', (nodes) => {
  const all = Array.from({ length: nodes }, (_, index) => `n${index}`)
  const onRing = all.toSorted((a, b) => weight('ring', a) - weight('ring', b))
  /** `isLinkless`: those of the small side have no link with one another at first, and have to find each other. */
  const splits = [
    { what: 'three anywhere and the rest', side: all.slice(0, 3), isLinkless: true },
    { what: 'three next to one another on the ring, and the rest', side: onRing.slice(4, 7), isLinkless: false },
    { what: 'two halves of the ring', side: onRing.slice(0, nodes / 2), isLinkless: false },
    { what: 'every second one of the ring', side: onRing.filter((_, index) => index % 2 === 0), isLinkless: false },
  ]
  const cases = splits.flatMap((split) => [false, true].map((isBroken, seed) => ({ ...split, isBroken, seed })))

  test.each(cases)(
    '[DET13] split into $what (links broken: $isBroken): within 6 s (10 s where they first have to find each other) each side holds all of the other to be away, and all are back 10 s after the heal',
    ({ side, isLinkless, isBroken, seed }) => {
      const simulation = new Simulation({ nodes, seed })
      simulation.run(4_000)
      const isCut = (from: string, to: string) => side.includes(from) !== side.includes(to)
      const sinceMs = simulation.nowMs
      if (isBroken) simulation.sever(isCut)
      else simulation.cut(isCut)
      simulation.run(isLinkless ? 10_000 : 6_000)
      const rest = all.filter((id) => !side.includes(id))
      for (const group of [side, rest]) {
        const { own, others } = opinions(simulation, group)
        expect(own).toEqual(['alive'])
        expect(others.filter((verdict) => verdict !== 'unreachable' && verdict !== 'lost')).toEqual([])
      }
      simulation.run(2_000)
      const wrong = simulation.changes.filter(
        ({ atMs, observer, node, verdict }) =>
          atMs > sinceMs && !isCut(observer, node) && !(isLinkless && side.includes(observer)) && verdict !== 'alive',
      )
      expect(wrong).toEqual([])
      simulation.heal()
      simulation.run(10_000)
      expect(opinions(simulation, all).own).toEqual(['alive'])
    },
    60_000,
  )
})

describe('nobody is evicted', () => {
  test('[DET2] over a link that is dead in one direction or both, while somebody else hears it', () => {
    for (const isBoth of [false, true]) {
      const simulation = settled({ nodes: 3 })
      simulation.cut((from, to) => (from === 'n1' && to === 'n0') || (isBoth && from === 'n0' && to === 'n1'))
      simulation.run(60_000)
      expect(simulation.changes.filter(({ verdict }) => verdict !== 'alive')).toEqual([])
    }
  })

  test.each(SEEDS)(
    '[DET7] by the loss of every twentieth frame and stalls of 2 s: nobody is ever lost (seed %i)',
    (seed) => {
      const simulation = settled({ nodes: 10, seed, loss: 0.05 })
      for (let second = 0; second < 60; second++) {
        // Each node stalls about every 10 s.
        for (const { id } of simulation.nodes) if (simulation.dice() < 0.1) simulation.stall(id, 2_000)
        simulation.run(1_000)
      }
      const count = (verdict: string) => simulation.changes.filter((change) => change.verdict === verdict).length
      expect(count('lost')).toBe(0)
    },
  )

  test('[DET7] on the word of a node that was stalled itself', () => {
    const simulation = settled({ nodes: 10 })
    for (let round = 0; round < 4; round++) {
      simulation.stall('n0', 10_000)
      simulation.run(15_000)
    }
    expect(simulation.changes.filter(({ node, verdict }) => node !== 'n0' && verdict !== 'alive')).toEqual([])
  })

  test.each(SEEDS)('[DET1] by the loss of every twentieth frame (seed %i)', (seed) => {
    const simulation = settled({ nodes: 10, seed, loss: 0.05 })
    simulation.run(60_000)
    expect(simulation.changes.filter(({ verdict }) => verdict !== 'alive')).toEqual([])
  })
})

describe('what is said of a member', () => {
  const heard = () => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b', 'c'], wanted: new Set(['b', 'c']) }, 0)
    detector.linkUp('b', 0)
    detector.receive('b', { type: 'beat', incarnation: 7, sentMs: 0, neighbours: ['a', 'c'] }, 0)
    return detector
  }
  const says = (by: string, said: 'alive' | 'unreachable' | 'agent-gone', { node = 'b', incarnation = 7 } = {}) => ({
    by,
    statement: { node, incarnation, said },
  })

  test('[DET5] is not believed by who hears it', () => {
    const detector = heard()
    detector.hear(says('c', 'unreachable'), 100)
    expect(detector.verdict('b')).toBe('alive')
  })

  test('[DET5] is believed by who does not', () => {
    const detector = heard()
    detector.linkDown('b', 0)
    detector.hear(says('c', 'unreachable'), 100)
    expect(detector.verdict('b')).toBe('unreachable')
  })

  test('[DET5] of an earlier incarnation is old', () => {
    const detector = heard()
    detector.linkDown('b', 0)
    detector.hear(says('c', 'unreachable', { incarnation: 6 }), 100)
    expect(detector.verdict('b')).toBe('alive')
  })

  test('[DET6] is refuted by the member itself, in a higher incarnation, and by nobody else', () => {
    const detector = heard()
    detector.linkDown('b', 0)
    detector.hear(says('c', 'agent-gone'), 100)
    detector.hear(says('b', 'alive'), 200)
    detector.hear(says('c', 'alive', { incarnation: 8 }), 200)
    expect(detector.verdict('b')).toBe('agent-gone')
    detector.hear(says('b', 'alive', { incarnation: 8 }), 300)
    expect(detector.verdict('b')).toBe('alive')
  })

  test('[DET6] of this node itself is refuted, old accusations not more than once a second', () => {
    const detector = heard()
    const answersAt = (nowMs: number, incarnation: number) =>
      detector
        .hear(says('c', 'unreachable', { node: 'a', incarnation }), nowMs)
        .flatMap((effect) => (effect.type === 'spread' ? [effect.statement] : []))
    const first = 2 ** 16
    expect(answersAt(100, first)).toEqual([{ node: 'a', incarnation: first + 1, said: 'alive' }])
    expect(answersAt(200, first)).toEqual([])
    expect(answersAt(300, first + 1)).toEqual([{ node: 'a', incarnation: first + 2, said: 'alive' }])
    expect(answersAt(1_300, first)).toEqual([{ node: 'a', incarnation: first + 3, said: 'alive' }])
  })

  test('[DET6] of this node itself is refuted four times, and never in the same words, which gossip would not pass on', () => {
    const detector = heard()
    const isSaying = (effect: DetectorEffect) => effect.type === 'spread'
    const said = detector
      .hear(says('c', 'unreachable', { node: 'a', incarnation: 2 ** 16 }), 0)
      .filter(isSaying)
      .map((effect) => JSON.stringify(effect))
    for (let nowMs = TICK_MS; nowMs < 60_000; nowMs += TICK_MS)
      said.push(
        ...detector
          .tick(nowMs)
          .filter(isSaying)
          .map((effect) => JSON.stringify(effect)),
      )
    expect(said.filter((what) => what.includes('"alive"'))).toHaveLength(4)
    expect(new Set(said).size).toBe(said.length)
  })
})

describe('a node with one neighbour', () => {
  /** Ticks of `a` from one time to another, with nothing heard of `b`. */
  const silence = (detector: Detector, fromMs: number, untilMs: number) => {
    const effects: DetectorEffect[] = []
    for (let nowMs = fromMs; nowMs <= untilMs; nowMs += TICK_MS) effects.push(...detector.tick(nowMs))
    return effects
  }
  const begun = () => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b'], wanted: new Set(['b']) }, 0)
    detector.linkUp('b', 0)
    return detector
  }

  test('[DET8] keeps to itself what only it has seen', () => {
    const effects = silence(begun(), 0, 3_000)
    expect(effects).toContainEqual({ type: 'verdict', node: 'b', verdict: 'unreachable' })
    expect(effects.filter(({ type }) => type === 'spread')).toEqual([])
  })

  test('[DET7] that stood still does not count that time as silence, and has more patience', () => {
    const detector = begun()
    silence(detector, 0, 1_000)
    silence(detector, 11_000, 12_000)
    expect(detector.verdict('b')).toBe('alive')
    silence(detector, 12_100, 13_000)
    expect(detector.verdict('b')).toBe('unreachable')
  })

  test('[DET7] that stood still does not take it for lost meanwhile', () => {
    const detector = begun()
    silence(detector, 0, 3_000)
    silence(detector, 20_000, 21_000)
    expect(detector.verdict('b')).toBe('unreachable')
  })
})

describe('who is away', () => {
  test('[DET19] is told to neighbours again every 4 s, each in its turn', () => {
    const gone = Array.from({ length: 10 }, (_, index) => `n${index}`)
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b', ...gone], wanted: new Set(['b', ...gone]) }, 0)
    detector.linkUp('b', 0)
    for (const node of gone) detector.hear({ by: 'b', statement: { node, incarnation: 1, said: 'unreachable' } }, 0)
    const told: { atMs: number; away: readonly string[] }[] = []
    for (let nowMs = TICK_MS; nowMs <= 60_000; nowMs += TICK_MS) {
      detector.receive('b', { type: 'beat', incarnation: 1, sentMs: nowMs, neighbours: ['a'] }, nowMs)
      for (const effect of detector.tick(nowMs))
        if (effect.type === 'send' && effect.frame.type === 'beat' && effect.frame.away !== undefined)
          told.push({ atMs: nowMs, away: effect.frame.away.map(({ node }) => node) })
    }
    const later = told.filter(({ atMs }) => atMs > 10_000)
    expect(later.every(({ away }) => away.length > 0 && away.length <= 8)).toBe(true)
    expect(later.slice(1).map(({ atMs }, index) => atMs - later[index]!.atMs)).toEqual(later.slice(1).map(() => 4_000))
    expect(new Set(later.slice(0, 3).flatMap(({ away }) => away))).toEqual(new Set(gone))
  })
})

describe('how often a node looks', () => {
  /** Beats of `b` at their times; the looks of `a` when they are due, and a last one at the end of a stall. */
  const looksOf = ({ beatsUntilMs, untilMs, stall }: { beatsUntilMs: number; untilMs: number; stall?: number[] }) => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b'], wanted: new Set(['b']) }, 0)
    detector.linkUp('b', 0)
    const looks: number[] = []
    const notes: DetectorEffect[] = []
    const [fromMs = Infinity, toMs = Infinity] = stall ?? []
    for (let nowMs = 0; nowMs <= untilMs; nowMs += 10) {
      if (nowMs > fromMs && nowMs < toMs) continue
      if (nowMs >= detector.dueMs) {
        notes.push(...detector.tick(nowMs).filter(({ type }) => type === 'note'))
        looks.push(nowMs)
      }
      if (nowMs % 500 === 250 && nowMs <= beatsUntilMs)
        detector.receive('b', { type: 'beat', incarnation: 1, sentMs: nowMs }, nowMs)
    }
    return { detector, looks, stalls: notes.map((note) => 'facts' in note && note.facts) }
  }

  test('[DET16] with its beats while all is well', () => {
    expect(looksOf({ beatsUntilMs: 10_000, untilMs: 2_100 }).looks).toEqual([100, 600, 1_100, 1_600, 2_100])
  })

  test('[DET16] every 100 ms from when a second beat is missed, so that nobody is missed later for it', () => {
    const { looks, detector } = looksOf({ beatsUntilMs: 2_250, untilMs: 4_100 })
    expect(looks.filter((atMs) => atMs > 2_000 && atMs < 4_000)).toEqual([
      2_100, 2_600, 3_100, 3_600, 3_700, 3_800, 3_900,
    ])
    expect(detector.verdict('b')).toBe('alive')
    expect(looksOf({ beatsUntilMs: 2_250, untilMs: 4_300 }).detector.verdict('b')).toBe('unreachable')
  })

  test.each([
    { what: 'a link that breaks', act: (detector: Detector) => detector.linkDown('b', 700) },
    { what: 'a member that comes', act: (detector: Detector) => detector.setMembers(withC, 700) },
    { what: 'gossip that calls it away', act: (detector: Detector) => detector.hear(calledAway, 700) },
  ])('[DET16] $what brings the next look forward', ({ act }) => {
    const { detector } = looksOf({ beatsUntilMs: 10_000, untilMs: 600 })
    expect(detector.dueMs).toBe(1_100)
    act(detector)
    expect(detector.dueMs).toBe(800)
  })

  test('[DET16] with its beats in a large cluster as well, also when somebody is lost', () => {
    const simulation = settled({ nodes: 20 })
    simulation.run(25_000)
    simulation.die('n3')
    simulation.run(40_000)
    expect(simulation.verdicts('n3')).toEqual(['lost'])
    const { looks } = simulation
    simulation.run(10_000)
    const perSecond = (simulation.looks - looks) / 10 / 19
    expect(perSecond).toBeGreaterThanOrEqual(2)
    expect(perSecond).toBeLessThan(2.5)
  })

  test('[DET7, DET16] a look that comes late is a stall, also of a node that looks seldom', () => {
    expect(looksOf({ beatsUntilMs: 10_000, untilMs: 3_000, stall: [600, 1_390] }).stalls).toEqual([{ lateMs: 690 }])
    expect(looksOf({ beatsUntilMs: 10_000, untilMs: 3_000, stall: [600, 1_340] }).stalls).toEqual([])
  })
})

const withC = { members: ['a', 'b', 'c'], wanted: new Set(['b', 'c']) }
const calledAway = { by: 'b', statement: { node: 'a', incarnation: 2 ** 20, said: 'unreachable' } } as const

describe('an agent that is killed', () => {
  test('[DET4] is known to be gone within 300 ms, and its machine alive', () => {
    const simulation = settled({ nodes: 10 })
    const sinceMs = simulation.nowMs
    simulation.killAgent('n3')
    simulation.run(500)
    expect(simulation.verdicts('n3')).toEqual(['agent-gone'])
    expect(knownAfter(simulation, { node: 'n3', verdict: 'agent-gone', sinceMs })).toBeLessThan(300)
  })

  test('[DET4] stays gone, and is neither unreachable nor lost, while its machine refuses', () => {
    const simulation = settled({ nodes: 3 })
    simulation.killAgent('n1')
    simulation.run(60_000)
    expect(simulation.verdicts('n1')).toEqual(['agent-gone'])
  })

  test('[DET6] is alive to all again when it returns', () => {
    const simulation = settled({ nodes: 20 })
    simulation.killAgent('n3')
    simulation.run(5_000)
    simulation.restart('n3')
    simulation.run(1_000)
    expect(simulation.verdicts('n3')).toEqual(['alive'])
    simulation.run(10_000)
    for (const { id } of simulation.nodes) expect(simulation.verdicts(id)).toEqual(['alive'])
  })
})

describe('a node that starts', () => {
  test('[DET11] knows who is away from its first neighbours', () => {
    const simulation = settled({ nodes: 20 })
    simulation.die('n3')
    simulation.run(10_000)
    simulation.killAgent('n7')
    simulation.run(1_000)
    simulation.restart('n7')
    simulation.run(1_000)
    expect(simulation.verdict('n7', 'n3')).not.toBe('alive')
  })

  test('[DET11] one that runs for long passes on to a neighbour that it is held to be away', () => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b', 'c'], wanted: new Set(['b', 'c']) }, 0)
    detector.linkUp('c', 60_000)
    const away = [{ node: 'c', incarnation: 7, said: 'unreachable' as const }]
    const effects = detector.receive('b', { type: 'beat', incarnation: 1, sentMs: 0, away }, 60_000)
    const frames = effects.flatMap((effect) => (effect.type === 'send' && effect.to === 'c' ? [effect.frame] : []))
    expect(frames).toMatchObject([{ type: 'beat', doubt: 7 }])
    expect(detector.verdict('c')).toBe('alive')
  })

  test('[DET19] one that runs for long passes it on also where the neighbour has refuted it: somebody has not heard', () => {
    const detector = new Detector({ self: 'a', start: 1, nowMs: 0 })
    detector.setMembers({ members: ['a', 'b', 'c'], wanted: new Set(['b', 'c']) }, 0)
    detector.linkUp('c', 60_000)
    detector.receive('c', { type: 'beat', incarnation: 8, sentMs: 0 }, 60_000)
    const away = [{ node: 'c', incarnation: 7, said: 'unreachable' as const }]
    const effects = detector.receive('b', { type: 'beat', incarnation: 1, sentMs: 0, away }, 60_000)
    expect(effects).toMatchObject([{ type: 'send', to: 'c', frame: { doubt: 7 } }])
  })

  test('[DET10] alone, with no network, holds all others to be away within 2 s', () => {
    const simulation = new Simulation({ nodes: 20 })
    simulation.cut(() => true)
    simulation.restart('n0')
    simulation.run(2_100)
    for (const { id } of simulation.nodes.slice(1)) expect(simulation.verdict('n0', id)).toBe('unreachable')
  })
})

describe('a member that flaps', () => {
  const flap = (simulation: Simulation, times: number) => {
    for (let round = 0; round < times; round++) {
      simulation.cut((from, to) => (from === 'n1') !== (to === 'n1'))
      simulation.run(2_500)
      simulation.heal()
      simulation.run(1_500)
    }
  }

  test('[DET9] has its claims held longer each time, and is lost later', () => {
    const simulation = settled({ nodes: 5 })
    const holds = [0, 1, 2, 3].map(() => {
      const holdMs = simulation.find('n0').detector.holdMs('n1', simulation.nowMs)
      flap(simulation, 1)
      return holdMs
    })
    expect(holds).toEqual([HOLD_MS, 2 * HOLD_MS, 4 * HOLD_MS, HOLD_MS_MAX])
    simulation.die('n1')
    simulation.run(2_500 + 3 * LOST_MS)
    expect(simulation.verdicts('n1')).toEqual(['unreachable'])
  })

  test('[DET9] is forgiven after five quiet minutes', () => {
    const simulation = settled({ nodes: 3 })
    flap(simulation, 3)
    simulation.run(301_000)
    expect(simulation.find('n0').detector.holdMs('n1', simulation.nowMs)).toBe(HOLD_MS)
  })

  test('[DET9] 2 s up, 2 s down, for 5 minutes: claims cease to hold once or twice, not 75 times', () => {
    const simulation = settled({ nodes: 5 })
    let released = 0
    for (let second = 0; second < 300; second++) {
      simulation.cut((from, to) => second % 4 >= 2 && (from === 'n1') !== (to === 'n1'))
      const { detector } = simulation.find('n0')
      const since = simulation.changes.findLast(({ observer, node }) => observer === 'n0' && node === 'n1')
      const holdMs = detector.holdMs('n1', simulation.nowMs)
      simulation.run(1_000)
      const isAway = detector.verdict('n1') !== 'alive' && since?.verdict === 'unreachable'
      if (isAway && simulation.nowMs - since.atMs >= holdMs) released += 1
    }
    expect(released).toBeLessThanOrEqual(2)
  })
})

describe('the first silence of a member', () => {
  /** What the claims of those behind the cut hold for at `observer`, when it has just come to its verdict on the first of them. */
  const holdsAt = (simulation: Simulation, observer: string, behind: readonly string[]): number => {
    const { detector } = simulation.find(observer)
    simulation.cut((from, to) => behind.includes(from) !== behind.includes(to))
    const others = simulation.nodes.filter(({ id }) => behind.includes(id) !== behind.includes(observer))
    const gone = () => others.find(({ id }) => detector.verdict(id) === 'unreachable')
    while (gone() === undefined) simulation.run(TICK_MS)
    return detector.holdMs(gone()!.id, simulation.nowMs)
  }
  const ids = (nodes: number) => Array.from({ length: nodes }, (_, index) => `n${index}`)

  test.each([
    { nodes: 3, behind: ['n2'], observer: 'n0', hold: 0 },
    { nodes: 3, behind: ['n2'], observer: 'n2', hold: HOLD_MS },
    { nodes: 2, behind: ['n1'], observer: 'n0', hold: HOLD_MS },
    { nodes: 4, behind: ['n2', 'n3'], observer: 'n0', hold: HOLD_MS },
    { nodes: 7, behind: ['n0', 'n1', 'n2'], observer: 'n3', hold: 0 },
    { nodes: 7, behind: ['n0', 'n1', 'n2'], observer: 'n1', hold: HOLD_MS },
    { nodes: 40, behind: ids(40).slice(1), observer: 'n0', hold: HOLD_MS },
    { nodes: 12, behind: ['n1'], observer: 'n2', hold: 0 },
    { nodes: 13, behind: ['n1'], observer: 'n2', hold: HOLD_MS },
  ])('[DET18] of $behind, cut off from the rest of $nodes: at $observer $hold ms', ({ nodes, ...example }) => {
    expect(holdsAt(settled({ nodes }), example.observer, example.behind)).toBe(example.hold)
  })
})

describe('whom a node of a large cluster hears', () => {
  const members = Array.from({ length: 20 }, (_, index) => `n${index}`)
  const begun = () => {
    const detector = new Detector({ self: 'n0', start: 1, nowMs: 0 })
    detector.setMembers({ members, wanted: new Set(['n1', 'n2']) }, 0)
    for (const node of ['n1', 'n2']) detector.linkUp(node, 0)
    return detector
  }
  /** n1 and n2 beat until then; what n0 tells all. */
  const run = (detector: Detector, fromMs: number, untilMs: number) => {
    const told: { atMs: number; hears: readonly string[]; version: number }[] = []
    for (let nowMs = fromMs; nowMs < untilMs; nowMs += TICK_MS) {
      for (const node of ['n1', 'n2'])
        detector.receive(node, { type: 'beat', incarnation: 1, sentMs: nowMs, neighbours: ['n0'] }, nowMs)
      for (const effect of detector.tick(nowMs)) {
        if (effect.type !== 'spread' || !('hears' in effect.statement)) continue
        told.push({ atMs: nowMs, hears: effect.statement.hears, version: effect.statement.version })
      }
    }
    return told
  }
  const tells = (node: string, version: number, hears: readonly string[]) => ({
    by: node,
    statement: { node, version, hears },
  })

  test('[DET14] is told soon, again after 2 s and 10 s, then every half minute, and anew when it changes', () => {
    const detector = begun()
    const told = run(detector, 0, 100_000)
    expect(told.map(({ atMs }) => atMs)).toEqual([200, 2_200, 10_200, 30_200, 60_200, 90_200])
    expect(told.every(({ hears }) => hears.join() === 'n1,n2')).toBe(true)
    expect(told.map(({ version }) => version)).toEqual(told.map(({ version }) => version).toSorted((a, b) => a - b))
    detector.linkDown('n2', 100_000)
    detector.setMembers({ members, wanted: new Set(['n1']) }, 100_000)
    detector.linkUp('n3', 100_000)
    expect(run(detector, 100_000, 101_000)[0]).toMatchObject({ hears: ['n1', 'n3'] })
  })

  test('[DET14] is no news to twelve nodes, who are all linked', () => {
    const simulation = settled({ nodes: 12 })
    simulation.run(60_000)
    expect(simulation.statements).toBe(0)
  })

  test('[DET13] is what counts: whom nobody within reach hears is out of reach, and back when somebody does', () => {
    const detector = begun()
    detector.hear(tells('n1', 1, ['n0', 'n2', ...members.slice(3, 10)]), 0)
    detector.hear(tells('n2', 1, ['n0', 'n1', ...members.slice(10)]), 0)
    for (const node of members.slice(3)) detector.hear(tells(node, 1, ['n1']), 0)
    run(detector, 0, 3_000)
    for (const node of members.slice(1)) expect(detector.verdict(node)).toBe('alive')
    detector.hear(tells('n2', 2, ['n0', 'n1']), 3_000)
    run(detector, 3_000, 5_000)
    expect(detector.verdict('n3')).toBe('alive')
    // What a member out of reach told before says nothing.
    for (const node of members.slice(10)) expect(detector.verdict(node)).toBe('unreachable')
    detector.hear(tells('n2', 3, ['n0', 'n1', ...members.slice(10)]), 5_000)
    detector.hear(tells('n2', 2, []), 5_000)
    run(detector, 5_000, 7_000)
    for (const node of members.slice(10)) expect(detector.verdict(node)).toBe('alive')
  })

  test('[DET13] proves nothing while somebody within reach has not told whom it hears', () => {
    const detector = begun()
    detector.hear(tells('n1', 1, ['n0', 'n2']), 0)
    run(detector, 0, 10_000)
    for (const node of members.slice(1)) expect(detector.verdict(node)).toBe('alive')
    detector.hear(tells('n2', 1, ['n0', 'n1']), 10_000)
    run(detector, 10_000, 12_000)
    expect(detector.verdict('n9')).toBe('unreachable')
  })
})

describe('what it costs', () => {
  test('[DET12] at most 2 KB a second and node, on links', () => {
    const simulation = settled({ nodes: 10 })
    const { bytes } = simulation
    simulation.run(60_000)
    const perSecond = (count: number) => count / 60 / 10
    expect(perSecond(simulation.bytes - bytes)).toBeLessThan(2_000)
    expect(simulation.statements).toBe(0)
  })
})
