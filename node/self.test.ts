/**
 * What a node says of its runtimes.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { NodeFact } from '../crdt/index.ts'
import { SelfRecord } from './self.ts'

const SETTINGS = {
  name: 'n1',
  hostAddress: '127.0.0.1',
  labels: {},
  taints: [],
  capacity: { cpuMilli: 1_000, memoryBytes: 2 ** 30, pods: 10 },
  platform: { os: 'linux', arch: 'amd64' },
  version: '0',
  runtimes: ['docker', 'process'],
  lowestPort: 1,
  dataDir: '/d',
}

const answers = (runtime: 'docker' | 'process') => ({ runtime, ok: true, version: '1', images: [] }) as const
const silent = (runtime: 'docker' | 'process') => ({ runtime, ok: false, reason: 'no socket' }) as const

function said(): { self: SelfRecord; lost(): readonly string[] | undefined } {
  let last: NodeFact | undefined
  const self = new SelfRecord(SETTINGS, 1, (fact) => (last = fact))
  return { self, lost: () => last!.lostRuntimes }
}

test('[NODE4] a runtime that answered and falls silent is missed until it is back', () => {
  const { self, lost } = said()
  self.runtimeHealth(answers('docker'))
  self.runtimeHealth(answers('process'))
  expect(lost()).toBe(undefined)
  self.runtimeHealth(silent('docker'))
  expect(lost()).toEqual(['docker'])
  self.runtimeHealth(answers('docker'))
  expect(lost()).toBe(undefined)
})

test('[NODE4] one that never answered is not missed', () => {
  const { self, lost } = said()
  self.runtimeHealth(silent('docker'))
  self.runtimeHealth(answers('process'))
  expect(lost()).toBe(undefined)
})
