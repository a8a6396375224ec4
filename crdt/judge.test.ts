import { describe, expect, test } from 'vitest'
import { forged, refusedBy, withTexts } from './attacks.ts'
import type { Change } from './automerge.ts'
import { goodChange, operationsOf } from './hostile.ts'
import type { Receipt } from './receipt.ts'
import { deployment, NOW, testReplica, WEB } from './testing.ts'

describe('[GATE14] operations are numbered from where what they follow ended', () => {
  test.each([2, 2 ** 30])('from %d', (startOp) => refusedBy('GATE14', forged({ change: { startOp } })))
})

describe('[GATE15] a change replaces exactly what its writer saw', () => {
  const replacing = (predecessors: readonly string[]): Uint8Array => {
    const [first, ...others] = goodChange().operations
    return forged({ change: { operations: [{ ...first!, predecessors }, ...others] } })
  }
  test('an operation that does not exist', () => refusedBy('GATE15', replacing([`1@${'cd'.repeat(16)}`])))
  test('a removal of what is not there', () => refusedBy('GATE15', withTexts({ '1:/spec/paused': undefined })))
  test('an edit that leaves out what it saw', () => {
    const { receipt } = secondChange((head) => ({
      startOp: 5,
      deps: [head],
      operations: operationsOf({ '1:/spec/replicas': '4' }),
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE15' })
  })
  test('an edit that also replaces what it cannot have seen', () => {
    const { receipt } = secondChange((head, writer) => ({
      startOp: 5,
      deps: [head],
      operations: [{ key: '1:/spec/replicas', text: '4', predecessors: [`4@${writer}`, `3@${writer}`] }],
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE15' })
  })
  test('an honest second change is taken', () => {
    const { receipt } = secondChange((head, writer) => ({
      startOp: 5,
      deps: [head],
      operations: [{ key: '1:/spec/replicas', text: '4', predecessors: [`4@${writer}`] }],
    }))
    expect(receipt).toMatchObject({ verdict: 'new' })
  })
})

describe('[GATE16] lives follow one another', () => {
  test('an edit of what was never created', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '1:/spec': '{}' }) } }))
  })
  test('a second life without a first', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '2:': `{"at":${NOW}}` }) } }))
  })
  test('the end of what was never created', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '1!': `{"at":${NOW}}` }) } }))
  })
  test('a second life while the first goes on', () => {
    const { receipt } = secondChange((head) => ({
      startOp: 5,
      deps: [head],
      timeMs: NOW + 1,
      operations: operationsOf({ '2:': `{"at":${NOW + 1}}` }),
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE16' })
  })
})

describe('[GATE17] what a change leaves is a valid object', () => {
  const shapes: [string, Record<string, string | undefined>][] = [
    ['replicas below zero', { '1:/spec/replicas': '-1' }],
    ['replicas as text', { '1:/spec/replicas': '"3"' }],
    ['no apiVersion', { '1:/apiVersion': '{}' }],
    ['the apiVersion of another group', { '1:/apiVersion': '"batch/v1"' }],
  ]
  test.each(shapes)('%s', (_, texts) => refusedBy('GATE17', withTexts(texts)))
  test('a kind that nobody knows (B19)', () => {
    refusedBy('GATE17', forged({ body: { key: 'apps/Sandwich/default/web' } }))
  })
  test.each(['Web', 'wеb', 'w‮eb', 'we b'])('a name that is no name: %s (B13)', (name) => {
    refusedBy('GATE17', forged({ body: { key: `apps/Deployment/default/${name}` } }))
  })
})

// ---- parts of attacks

function secondChange(build: (head: string, writer: string) => Partial<Change>): { receipt: Receipt } {
  const { replica } = testReplica({ name: 'a' })
  replica.receive(forged({}), NOW)
  const [head = ''] = replica.heads().get(WEB) ?? []
  const writer = replica.state.documents.get(WEB)?.change(head)?.writer ?? ''
  const body = { seq: 2, prev: new Uint8Array(Buffer.from(head, 'hex')) }
  const receipt = replica.receive(forged({ body, change: build(head, writer) }), NOW)
  expect(
    replica.put('apps/Deployment/default/mine', deployment({}, 'mine'), { nowMs: NOW, by: 'a', mode: 'create' }),
  ).toBeDefined()
  return { receipt }
}
