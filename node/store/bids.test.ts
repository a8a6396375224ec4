import { expect, test } from 'vitest'
import { kubernetes, Replica, type BidFact, type Envelope, type NodeFact } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import { MemoryDisk } from '../world/memory-disk.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { aNode } from '../control/sample.ts'
import { decodeEnvelopes, encodeEnvelopes, FRAME } from './frames.ts'
import { Journal } from './journal.ts'
import { StoreActor } from './store-actor.ts'

const CLUSTER = 'c0ffee'.repeat(10)

const BID: BidFact = {
  workload: 'apps/Deployment/default/web',
  revision: '5d4f8c7b9a',
  auction: 'd-0',
  curve: [5],
  parts: {},
}

function replicaOf(node: string): Replica {
  const trust = {
    verify: () => true,
    isMember: () => true,
    admit: () => ({ verdict: 'known' as const, subject: node }),
  }
  return new Replica({
    clusterId: CLUSTER,
    signer: { node, sign: () => new Uint8Array(64) },
    trust,
    bootNonce: new Uint8Array(16).fill(7),
    incarnation: 1,
    kinds: kubernetes,
    listener: { objectChanged: () => {}, recordChanged: () => {}, memberAdded: () => {}, conflict: () => {} },
  })
}

/** The store of node `a`, with links to `b` and `c`, and everything it sends written down. */
async function rig() {
  const time = new VirtualTime()
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const sent: string[] = []
  const synced: string[] = []
  let turn = 0
  const away = new Set<string>()
  const disk = new MemoryDisk()
  const journal = new Journal(disk, CLUSTER)
  await journal.open()
  const replica = replicaOf('a')
  const transport = {
    publish: (topic: string) => void sent.push(`gossip ${topic}`),
    send: (to: string, frame: Uint8Array) => {
      if (frame[0] === FRAME.sync) synced.push(to)
      if (frame[0] === FRAME.envelopes) sent.push(...decodeEnvelopes(frame)!.map((bytes) => `${to} ${bytes.length}`))
      return 'sent' as const
    },
    links: () => ['b', 'c'],
    disconnect: () => Promise.resolve(),
  }
  const store = system.spawn(
    'store',
    () =>
      new StoreActor(
        {
          replica,
          journal,
          transport,
          dice: { unit: () => (turn = (turn + 0.37) % 1), bytes: (count) => new Uint8Array(count) },
          members: () => ['a', 'b', 'c'],
          isPresent: (node) => !away.has(node),
          agreedRoots: new Map(),
          onSynced: () => {},
          onDiskFailed: () => {},
          onBlamed: (peer, rule, reason) => void sent.push(`blame ${peer}: ${rule} ${reason}`),
        },
        'a',
      ),
  )
  for (const peer of ['b', 'c']) system.tell(store, { type: 'up', peer })
  await time.advanceAndSettle(10)
  const nowMs = () => time.clock.now()
  const said = async (forMs: number) => {
    await time.advanceAndSettle(forMs)
    return sent.splice(0)
  }
  return {
    said,
    syncsWith: async (...gone: string[]) => {
      away.clear()
      for (const node of gone) away.add(node)
      synced.length = 0
      await time.advanceAndSettle(20_000)
      return new Set(synced)
    },
    record: (name: 'node' | 'bid/x', ttlMs?: number): Envelope => {
      const value: BidFact | NodeFact = name === 'node' ? aNode('a').fact : BID
      const envelope = replica.record(name, value, ttlMs === undefined ? { nowMs: nowMs() } : { nowMs: nowMs(), ttlMs })
      system.tell(store, { type: 'recorded', envelope })
      return envelope
    },
    frame: (from: string, envelopes: readonly Envelope[]) =>
      system.tell(store, { type: 'frame', from, bytes: encodeEnvelopes(envelopes) }),
    bidOf: (node: string) => replicaOf(node).record('bid/x', BID, { nowMs: nowMs(), ttlMs: 2_000 }),
    logged: async () => (await new Journal(disk, CLUSTER).open()).envelopes.length,
  }
}

test('[SPREAD9] a bid leaves for every neighbour at once, other records a moment later, neither by gossip', async () => {
  const { said, record } = await rig()
  const bid = record('bid/x', 2_000)
  expect(await said(0)).toEqual([`b ${bid.bytes.length}`, `c ${bid.bytes.length}`])
  const node = record('node')
  expect(await said(0)).toEqual([])
  expect(await said(5)).toEqual([`b ${node.bytes.length}`, `c ${node.bytes.length}`])
})

test('[SPREAD9] a bid of another node travels on, once, to those that may not have it', async () => {
  const { said, frame, bidOf } = await rig()
  const [ofB, ofD] = [bidOf('b'), bidOf('d')]
  frame('b', [ofB, ofD])
  expect(await said(5)).toEqual([`c ${ofB.bytes.length}`, `c ${ofD.bytes.length}`])
  frame('c', [ofB, ofD])
  expect(await said(5)).toEqual([])
})

test('[SPREAD9] no bid is written to disk', async () => {
  const { said, record, logged } = await rig()
  record('bid/x', 2_000)
  await said(50)
  expect(await logged()).toBe(0)
  record('node')
  await said(50)
  expect(await logged()).toBe(1)
})

test('[SPREAD7] sync is with neighbours that are not away, where there are any', async () => {
  const { syncsWith } = await rig()
  expect(await syncsWith()).toEqual(new Set(['b', 'c']))
  expect(await syncsWith('b')).toEqual(new Set(['c']))
  expect(await syncsWith('b', 'c')).toEqual(new Set(['b', 'c']))
})
