import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loopbackCandidate, portCandidate, settlePlaces } from './addresses.ts'

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 40 })
/** So few places that hashes meet all the time. */
const crowded = (name: string, attempt: number): number => portCandidate('node', name, attempt) % 64

test('[ADDR1] places lie in their ranges and are the same after a restart, and others on another node', () => {
  for (let number = 0; number < 3_000; number++) {
    const name = `service-${number}`
    const address = loopbackCandidate('node-a', name, 0)
    const [first, second, , last] = address.split('.').map(Number) as [number, number, number, number]
    expect([first, second >= 128 && second < 192, last > 0 && last < 255]).toEqual([127, true, true])
    const port = portCandidate('node-a', name, 0)
    expect(port >= 20_000 && port < 30_000).toBe(true)
    expect(loopbackCandidate('node-a', name, 0)).toBe(address)
  }
  expect(loopbackCandidate('node-a', 'web', 0)).not.toBe(loopbackCandidate('node-b', 'web', 0))
  expect(portCandidate('node-a', 'web', 0)).not.toBe(portCandidate('node-b', 'web', 0))
})

test('[ADDR2] no two names have one place', () => {
  fc.assert(
    fc.property(names, (wanted) => {
      const places = settlePlaces({ names: wanted, previous: new Map(), isTaken: () => false, candidate: crowded })
      expect(new Set(places.values()).size).toBe(places.size)
      expect([...places.keys()].every((name) => wanted.includes(name))).toBe(true)
    }),
  )
})

test('[ADDR3] a place is kept whatever names come before it later', () => {
  fc.assert(
    fc.property(names, names, (first, later) => {
      const options = { isTaken: () => false, candidate: crowded }
      const before = settlePlaces({ names: first, previous: new Map<string, number>(), ...options })
      const after = settlePlaces({ names: [...later, ...first], previous: before, ...options })
      for (const [name, place] of before) expect(after.get(name)).toBe(place)
    }),
  )
})

test('[ADDR4] a place that another program has gives way to the next of the sequence', () => {
  const first = portCandidate('node', 'web', 0)
  const places = settlePlaces({
    names: ['web'],
    previous: new Map([['web', first]]),
    isTaken: (_, port) => port === first,
    candidate: (name, attempt) => portCandidate('node', name, attempt),
  })
  expect(places.get('web')).toBe(portCandidate('node', 'web', 1))
})

test('[ADDR4] a name whose places are all taken has none', () => {
  const places = settlePlaces({ names: ['web'], previous: new Map(), isTaken: () => true, candidate: crowded })
  expect(places.size).toBe(0)
})
