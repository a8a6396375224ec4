/**
 * What a node says of its runtimes, and what readers make of that.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { nodeStatusAndSpec } from '../crdt/objects/node.ts'
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

function said(): { self: SelfRecord; ready(): unknown } {
  let last: NodeFact | undefined
  const self = new SelfRecord(SETTINGS, 1, (fact) => (last = fact))
  const ready = () =>
    nodeStatusAndSpec({ name: 'n1', fact: last!, verdict: 'alive', sinceMs: 1, heardMs: 1 }).status.conditions?.[0]
  return { self, ready }
}

test('[NODE4] a runtime that falls silent makes its node not ready, though another answers, until it is back', () => {
  const { self, ready } = said()
  self.runtimeHealth(answers('docker'))
  self.runtimeHealth(answers('process'))
  expect(ready()).toMatchObject({ status: 'True', message: 'runs pods with docker, process' })
  self.runtimeHealth(silent('docker'))
  expect(ready()).toMatchObject({ status: 'False', reason: 'RuntimeLost', message: 'docker: no socket' })
  self.runtimeHealth(silent('process'))
  expect(ready()).toMatchObject({ status: 'False', reason: 'NoRuntime' })
  self.runtimeHealth(answers('process'))
  self.runtimeHealth(answers('docker'))
  expect(ready()).toMatchObject({ status: 'True', reason: 'RuntimeReady' })
})

test('[NODE4] one that never answered is not missed', () => {
  const { self, ready } = said()
  self.runtimeHealth(silent('docker'))
  self.runtimeHealth(answers('process'))
  expect(ready()).toMatchObject({ status: 'True', message: 'runs pods with process' })
})
