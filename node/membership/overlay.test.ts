import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { excessLinks, FULL_MESH_MAX, LINKS_MAX, wantedLinks } from './overlay.ts'
import { PAUSE_MS_MAX, Redial } from './redial.ts'

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
    const question = { self: 'n0', members, isAway: nobody }
    const links = members.slice(1, 31)
    const excess = excessLinks({ ...question, links })
    expect(links.length - excess.length).toBeGreaterThanOrEqual(LINKS_MAX)
    for (const node of excess) {
      expect(wantedLinks(question).has(node)).toBe(false)
      expect(wantedLinks({ ...question, self: node }).has('n0')).toBe(false)
    }
    expect(excessLinks({ ...question, links: links.slice(0, LINKS_MAX) })).toEqual([])
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

  test('[OVL4] tries one of the others that are away every second, whoever it is', () => {
    const redial = new Redial()
    const away = names(10)
    const tried = Array.from({ length: 100 }, (_, index) => {
      const due = redial.due({
        ...question,
        wanted: new Set(),
        away,
        nowMs: 1_000 * (index + 1),
        unit: () => ((index * 7) % 10) / 10,
      })
      for (const node of due) redial.ended(node, 'failed', { nowMs: 0, unit: () => 0 })
      return due
    })
    expect(Math.max(...tried.map(({ length }) => length))).toBe(1)
    expect(new Set(tried.flat()).size).toBe(10)
  })
})
