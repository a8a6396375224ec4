import { expect, test } from 'vitest'
import { copyAll, deployment, NOW, podFact, stateOf, testReplica, WEB } from './testing.ts'

test('[DOC1] a written object is read on another replica as on its own', () => {
  const a = testReplica({ name: 'a' })
  const b = testReplica({ name: 'b' })
  const envelope = a.replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })
  expect(envelope?.durable).toBe(true)
  const r = b.replica.receive(envelope!.bytes, NOW)
  expect(r).toMatchObject({ verdict: 'new' })
  expect(b.replica.get(WEB)?.object).toMatchObject(deployment())
  expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
  console.log(JSON.stringify(b.replica.get(WEB), null, 1), envelope?.bytes.length)
  a.replica.record('pod/1', podFact('1'), { nowMs: NOW })
  copyAll(a.replica, b.replica)
  expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
})
