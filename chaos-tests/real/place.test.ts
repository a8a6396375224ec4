import { expect, test } from 'vitest'
import type { Fault } from '../fault.ts'
import { isPossible, leftOut, standingOf } from './place.ts'

const [NO_ROOT, NO_DOCKER] = ['needs root', 'needs dockerd']
const ALL = { lab: undefined, engine: undefined }

test('[LAB37] it stands on the most that there is, and says what it takes for more', () => {
  expect(standingOf(undefined, ALL)).toEqual({ place: 'docker', because: [] })
  expect(standingOf('process', ALL)).toEqual({ place: 'process', because: ['--runtime process'] })
  expect(standingOf(undefined, { lab: undefined, engine: NO_DOCKER })).toEqual({
    place: 'process',
    because: [NO_DOCKER],
  })
  for (const asked of [undefined, 'process'] as const)
    expect(standingOf(asked, { lab: NO_ROOT, engine: NO_DOCKER })).toEqual({
      place: 'loopback',
      because: [NO_ROOT, NO_DOCKER],
    })
})

test('[LAB37] whoever asks for Docker by name gets it or an error', () => {
  expect(() => standingOf('docker', { lab: undefined, engine: NO_DOCKER })).toThrow(NO_DOCKER)
  expect(() => standingOf('docker', { lab: NO_ROOT, engine: NO_DOCKER })).toThrow(NO_ROOT)
})

test('[LAB37] what is left out is told, fault by fault and kind by kind, and why', () => {
  const fault = (id: string, kind: string): Fault => ({ id, kind, fromMs: 0, toMs: 1, what: {} })
  const faults = [fault('F1 agent', 'crash'), fault('F9 halves', 'split'), fault('F27 full disk', 'disk')]
  const onLoopback = { place: 'loopback', because: [NO_ROOT, NO_DOCKER] } as const
  expect(leftOut(faults, ['pause', 'engine'], onLoopback)).toEqual([
    'not run: F9 halves (split), F27 full disk (disk), engine',
    '  since needs root',
    '  since needs dockerd',
  ])
  expect(leftOut(faults, ['engine'], { place: 'docker', because: [] })).toEqual([])
  expect(['crash', 'restart', 'wipe', 'container'].map((kind) => isPossible(kind, 'loopback'))).not.toContain(false)
})
