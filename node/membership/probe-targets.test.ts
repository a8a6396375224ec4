import { expect, test } from 'vitest'
import { aPod, aWorkload } from '../control/sample.ts'
import { probeTargets } from './probe-targets.ts'

const withPorts = (...ports: { containerPort: number; protocol?: string }[]) =>
  aWorkload({ template: { spec: { containers: [{ name: 'web', ports }] } } })
const web = withPorts({ containerPort: 53, protocol: 'UDP' }, { containerPort: 8080 })
const served = aPod('b', { ready: true, podIP: '127.64.0.9' })
const question = { node: 'b', pods: [served], workloads: [web], sharesNetwork: () => true }

test('[ASK2] a pod is asked on its address and the first TCP port of its template', () => {
  expect(probeTargets(question)).toEqual([{ uid: 'b-new-0', host: '127.64.0.9', port: 8080 }])
})

test('[ASK1] a pod that was not started is known to refuse', () => {
  expect(probeTargets({ ...question, pods: [aPod('b')], sharesNetwork: () => false })).toEqual([
    { uid: 'b-new-0', answer: 'refused' },
  ])
})

test.each([
  { what: 'on another network, where its address is somebody else', change: { sharesNetwork: () => false } },
  { what: 'without a TCP port', change: { workloads: [withPorts()] } },
  { what: 'of a workload nobody knows', change: { workloads: [] } },
  { what: 'of another node', change: { node: 'c' } },
  { what: 'that stops anyway', change: { pods: [{ ...served, fact: { ...served.fact, stopping: true } }] } },
])('[ASK2] a pod $what is not asked', ({ change }) => {
  expect(probeTargets({ ...question, ...change })).toEqual([])
})

test.each([
  { what: 'by a later pod nearby', change: {}, isGone: true },
  { what: 'by an earlier pod', change: { claimedAtMs: 500 }, isGone: false },
  { what: 'by a pod that ended', change: { phase: 'Failed' as const }, isGone: false },
])('[ASK5] a pod whose address is used $what: gone is $isGone', ({ change, isGone }) => {
  const other = aPod('c', { podIP: '127.64.0.9', claimedAtMs: 2_000, ...change })
  const asked = probeTargets({ ...question, pods: [served, other] })
  expect(asked).toEqual([
    isGone ? { uid: 'b-new-0', answer: 'refused' } : { uid: 'b-new-0', host: '127.64.0.9', port: 8080 },
  ])
})

test('[ASK5] the same address on another network is another one', () => {
  const other = aPod('c', { podIP: '127.64.0.9', claimedAtMs: 2_000 })
  const asked = probeTargets({ ...question, pods: [served, other], sharesNetwork: (node) => node === 'b' })
  expect(asked).toEqual([{ uid: 'b-new-0', host: '127.64.0.9', port: 8080 }])
})
