import { expect, test } from 'vitest'
import { waysTo } from './ways.ts'
import type { WaysFrom } from './ways.ts'

const from = (network: string | undefined, theirs: string | undefined): WaysFrom => ({
  self: 'node-a',
  network,
  networkOf: () => theirs,
})

test("[WAY1] this node's own pods are dialled directly", () => {
  const pod = { node: 'node-a', podIP: '172.17.0.2', verdict: 'alive' } as const
  expect(waysTo(pod, from(undefined, undefined))).toEqual(['direct'])
  expect(waysTo({ ...pod, podIP: '' }, from(undefined, undefined))).toEqual([])
})

test.each([
  ['net-1', 'net-1', ['direct', 'through']],
  ['net-1', 'net-2', ['through']],
  [undefined, undefined, ['through']],
  ['net-1', undefined, ['through']],
  [undefined, 'net-1', ['through']],
])('[WAY2] with network %s here and %s there the ways are %j', (ours, theirs, ways) => {
  // The same address is a container of ours on one machine and of theirs on the other.
  expect(waysTo({ node: 'node-b', podIP: '172.17.0.2', verdict: 'alive' }, from(ours, theirs))).toEqual(ways)
})

test('[WAY3] no way leads through an agent that is gone while the pod can be dialled', () => {
  const pod = { node: 'node-b', podIP: '127.64.0.9', verdict: 'agent-gone' } as const
  expect(waysTo(pod, from('net-1', 'net-1'))).toEqual(['direct'])
  expect(waysTo(pod, from('net-1', 'net-2'))).toEqual(['through'])
})
