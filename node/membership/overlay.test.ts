import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { excessLinks, FULL_MESH_MAX, LINKS_MAX, wantedLinks } from './overlay.ts'
import { LOST_PAUSE_MS_MAX, PAUSE_MS_MAX, Redial } from './redial.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
const nobody = () => false

/** Who has a link with whom when everybody has those it wants. */
const linksOf = (members: readonly string[], isAway: (node: string) => boolean) => {
  const links = new Map(members.map((node) => [node, new Set<string>()]))
  for (const self of members) {
    if (isAway(self)) continue
    for (const other of wantedLinks({ self, members, isAway })) {
      links.get(self)!.add(other)
      links.get(other)!.add(self)
    }
  }
  return links
}

describe('the overlay', () => {
  test('[OVL1] of a small cluster is everybody, also those who are away', () => {
    const members = names(FULL_MESH_MAX)
    expect(wantedLinks({ self: 'n0', members, isAway: (node) => node === 'n5' })).toEqual(new Set(members.slice(1)))
  })

  test('[OVL1] of a large cluster has 8 to 12 links a node on average, and nobody far more', () => {
    const counts = [...linksOf(names(200), nobody).values()].map(({ size }) => size)
    const mean = counts.reduce((sum, count) => sum + count) / counts.length
    expect(mean).toBeGreaterThanOrEqual(8)
    expect(mean).toBeLessThanOrEqual(12)
    expect(Math.max(...counts)).toBeLessThanOrEqual(LINKS_MAX + 4)
  })

  test('[OVL1] connects all that are present, whoever is away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.uniqueArray(fc.nat(39), { maxLength: 30 }),
        (count, awayIndexes) => {
          const members = names(count)
          const away = new Set(awayIndexes.map((index) => `n${index}`))
          const present = members.filter((node) => !away.has(node))
          const links = linksOf(members, (node) => away.has(node))
          const reached = new Set(present.slice(0, 1))
          for (const node of reached) for (const other of links.get(node)!) if (!away.has(other)) reached.add(other)
          expect(reached.size).toBe(present.length)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('[OVL1] gives every node two monitors that have a link with one another', () => {
    const links = linksOf(names(60), nobody)
    for (const monitors of links.values()) {
      const pairs = [...monitors].filter((one) => [...monitors].some((other) => links.get(one)!.has(other)))
      expect(pairs.length).toBeGreaterThanOrEqual(2)
    }
  })

  test('[OVL1] changes little when one node leaves', () => {
    const members = names(100)
    const before = linksOf(members, nobody)
    const after = linksOf(members, (node) => node === 'n7')
    const changed = members.filter(
      (node) =>
        node !== 'n7' && ![...before.get(node)!].every((other) => other === 'n7' || after.get(node)!.has(other)),
    )
    expect(changed.length).toBeLessThanOrEqual(8)
  })

  test('[OVL2] gives up links beyond the bound that neither side wants', () => {
    const members = names(60)
    const question = { self: 'n0', members, isAway: nobody, isNew: nobody }
    const links = members.slice(1, 31)
    const excess = excessLinks({ ...question, links })
    expect(links.length - excess.length).toBeGreaterThanOrEqual(LINKS_MAX)
    for (const node of excess) {
      expect(wantedLinks(question).has(node)).toBe(false)
      expect(wantedLinks({ ...question, self: node }).has('n0')).toBe(false)
    }
    expect(excessLinks({ ...question, links: links.slice(0, LINKS_MAX) })).toEqual([])
  })

  test('[OVL2] keeps those that have just come up: to a newcomer they are all it has', () => {
    const members = names(60)
    const isNew = (node: string) => Number(node.slice(1)) > 20
    const excess = excessLinks({ self: 'n0', members, isAway: nobody, links: members.slice(1), isNew })
    expect(excess.length).toBeGreaterThan(0)
    expect(excess.filter(isNew)).toEqual([])
  })
})

describe('dialling', () => {
  const question = { wanted: new Set(['a']), away: [], isLinked: nobody, nowMs: 0, unit: () => 0 }

  test('[OVL3] is at once, then after pauses that double up to three seconds', () => {
    const redial = new Redial()
    let nowMs = 0
    const pauses = Array.from({ length: 7 }, () => {
      const startMs = nowMs
      while (redial.due({ ...question, nowMs }).length === 0) nowMs += 50
      redial.ended('a', 'failed', { nowMs, unit: () => 0 })
      return nowMs - startMs
    })
    expect(pauses).toEqual([0, 250, 500, 1_000, 2_000, PAUSE_MS_MAX, PAUSE_MS_MAX])
  })

  test('[OVL3] begins anew after a link stood', () => {
    const redial = new Redial()
    redial.due(question)
    redial.ended('a', 'failed', question)
    redial.ended('a', 'linked', question)
    expect(redial.due(question)).toEqual(['a'])
  })

  test('[OVL3] is not done twice at once, nor where a link stands', () => {
    const redial = new Redial()
    expect(redial.due(question)).toEqual(['a'])
    expect(redial.due(question)).toEqual([])
    expect(redial.hint('a')).toBe(false)
    expect(new Redial().due({ ...question, isLinked: () => true })).toEqual([])
  })

  test('[OVL3] has at most eight under way', () => {
    expect(new Redial().due({ ...question, wanted: new Set(names(30)) })).toHaveLength(8)
  })

  const failing = { ...question, wanted: new Set<string>(), unit: () => 0.5 }

  test('[OVL4] tries everybody who goes away once, then one of them a second, whoever it is', () => {
    const redial = new Redial()
    const away = names(10)
    const tried = Array.from({ length: 200 }, (_, index) => {
      const nowMs = 1_000 * index
      const due = redial.due({ ...failing, away, nowMs, unit: () => ((index * 7) % 10) / 10 })
      for (const node of due) redial.ended(node, 'failed', { nowMs, unit: () => 0 })
      return due
    })
    expect(tried[0]).toHaveLength(10)
    expect(Math.max(...tried.slice(1).map(({ length }) => length))).toBe(1)
    expect(new Set(tried.slice(1).flat()).size).toBe(10)
  })

  test('[OVL4] those that have just gone away keep nobody waiting who is wanted', () => {
    const redial = new Redial()
    expect(redial.due({ ...failing, away: names(40) })).toHaveLength(24)
    expect(redial.due({ ...failing, away: names(40), wanted: new Set(['a']) })).toEqual(['a'])
    expect(redial.hint('b')).toBe(true)
  })

  /** When a member that stays away is dialled, as the wanted are. */
  const dialsOf = (forMs: number) => {
    const redial = new Redial()
    const atMs: number[] = []
    for (let nowMs = 0; nowMs < forMs; nowMs += 500) {
      for (const node of redial.due({ ...failing, wanted: new Set(['a']), away: ['a'], nowMs })) {
        redial.ended(node, 'failed', { nowMs, unit: () => 0.5 })
        atMs.push(nowMs)
      }
    }
    return atMs
  }
  const HOUR_MS = 3_600_000

  test('[OVL5] of a member that stays away: every 3 s for five minutes, then ever more slowly, once a minute at last, never given up', () => {
    const atMs = dialsOf(24 * HOUR_MS)
    const pauses = atMs.slice(1).map((ms, index) => ({ ms, pauseMs: ms - atMs[index]! }))
    expect(Math.max(...pauses.filter(({ ms }) => ms < 300_000).map(({ pauseMs }) => pauseMs))).toBeLessThanOrEqual(
      3_000,
    )
    const late = pauses.filter(({ ms }) => ms > 3 * HOUR_MS).map(({ pauseMs }) => pauseMs)
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0.8 * LOST_PAUSE_MS_MAX)
    expect(Math.max(...late)).toBeLessThanOrEqual(LOST_PAUSE_MS_MAX)
    expect(atMs.at(-1)).toBeGreaterThan(24 * HOUR_MS - 2 * LOST_PAUSE_MS_MAX)
  })

  test('[OVL5] two nodes do not dial in step: pauses differ by up to a fifth', () => {
    const nextOf = (unit: number) => {
      const redial = new Redial()
      let nowMs = 0
      for (let round = 0; round < 6; round += 1) {
        while (redial.due({ ...failing, wanted: new Set(['a']), away: ['a'], nowMs }).length === 0) nowMs += 10
        redial.ended('a', 'failed', { nowMs, unit: () => unit })
      }
      return nowMs
    }
    expect(nextOf(0) - nextOf(0.99)).toBeGreaterThan(500)
  })

  test('[OVL5] begins anew when it went away again, though it was the other side that had dialled', () => {
    const redial = new Redial()
    const away = { ...failing, wanted: new Set(['a']), away: ['a'] }
    const tryFrom = (fromMs: number, forMs: number) => {
      const atMs: number[] = []
      for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 500) {
        for (const node of redial.due({ ...away, nowMs })) {
          redial.ended(node, 'failed', { nowMs, unit: () => 0 })
          atMs.push(nowMs - fromMs)
        }
      }
      return atMs
    }
    tryFrom(0, 4 * HOUR_MS)
    redial.due({ ...failing, wanted: new Set(['a']), isLinked: () => true, nowMs: 4 * HOUR_MS })
    const again = tryFrom(4 * HOUR_MS + 500, 60_000)
    expect(again[0]).toBe(0)
    expect(again.length).toBeGreaterThanOrEqual(20)
  })

  test('[OVL6] who is no member any more is not dialled, and nothing is kept of it', () => {
    const redial = new Redial()
    for (const node of redial.due({ ...failing, away: names(10) })) redial.ended(node, 'failed', failing)
    expect(redial.due({ ...failing, away: [], nowMs: 100 })).toEqual([])
    // Admitted again it is new, and tried at once.
    expect(redial.due({ ...failing, away: ['n3'], nowMs: 150 })).toEqual(['n3'])
  })
})
