/**
 * An attack as the tests of the gate make it: one envelope, thrown at a replica that holds something. For tests only.
 *
 * @module
 */
import { expect } from 'vitest'
import { forge, type Forgery, GOOD_TEXTS, operationsOf } from './hostile.ts'
import type { Receipt } from './receipt.ts'
import { cpuMsOf, slowdown } from './measuring.ts'
import { deployment, identity, NOW, stateOf, testReplica, WEB } from './testing.ts'

export const mallory = identity('d')
export const MIB = 1024 * 1024

/** P10, in CPU time of this machine as it is now. */
export const HANDLING_MS_MAX = 250 * slowdown()
export const GROWTH_BYTES_MAX = 64 * MIB

/** Hands an attack to a replica that holds something, and sees that nothing came of it. */
export function attack(bytes: Uint8Array): Receipt {
  const { replica } = testReplica({ name: 'a' })
  replica.put('apps/Deployment/default/mine', deployment({}, 'mine'), { nowMs: NOW, by: 'test', mode: 'create' })
  const before = stateOf(replica)
  const memory = process.memoryUsage.rss()
  let receipt = { verdict: 'known' } as Receipt
  const ms = cpuMsOf(() => (receipt = replica.receive(bytes, NOW)))
  expect(ms, 'ms of CPU').toBeLessThan(HANDLING_MS_MAX)
  expect(process.memoryUsage.rss() - memory, 'bytes of growth').toBeLessThan(GROWTH_BYTES_MAX)
  expect(stateOf(replica)).toEqual(before)
  expect(replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })).toBeDefined()
  return receipt
}

export function refusedBy(rule: string, bytes: Uint8Array): void {
  expect(attack(bytes)).toMatchObject({ verdict: 'refused', rule })
}

export function forged(parts: Omit<Forgery, 'author'>): Uint8Array {
  return forge({ author: mallory, ...parts })
}

export function withTexts(texts: Readonly<Record<string, string | undefined>>): Uint8Array {
  return forged({ change: { operations: operationsOf({ ...GOOD_TEXTS, ...texts }) } })
}
