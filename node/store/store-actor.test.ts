import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { namespaceKey } from '../../crdt/index.ts'
import { ACK_WAIT_MS } from './durability.ts'
import { FRAME } from './frames.ts'
import { StoreRig, type StoreNode } from './rig.ts'
import type { WriteOutcome } from './store-actor.ts'

/** What became of a promise so far. */
function watched<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined }
  void promise.then((value) => (seen.value = value))
  return seen
}

const done = (disks: number): unknown => ({ ok: true, changed: true, durability: { disks, of: 2 } })

describe('a write', () => {
  test('[SPREAD5, DUR3] is in force here at once, on disk before anybody hears of it, and answered when a second disk has it', async () => {
    const rig = await StoreRig.started(3)
    const [a, b, c] = rig.nodes as [StoreNode, StoreNode, StoreNode]
    const release = a.disk.hold()
    const outcome = watched(a.note('shop', 'one'))
    await rig.pass(0)
    expect(a.noteOf('shop')).toBe('one')
    a.disk.did.length = 0
    // Sync goes round meanwhile, and would find the change.
    await rig.pass(5_000)
    expect([b.noteOf('shop'), c.noteOf('shop'), outcome.value]).toEqual([undefined, undefined, undefined])
    expect(a.disk.did).toEqual([])
    const releaseB = b.disk.hold()
    const releaseC = c.disk.hold()
    release()
    await rig.pass(ACK_WAIT_MS / 2)
    expect(a.disk.did.indexOf('fsync')).toBe(0)
    expect(a.disk.did).toContain('gossip changes')
    expect([b.noteOf('shop'), c.noteOf('shop'), outcome.value]).toEqual(['one', 'one', undefined])
    releaseB()
    await rig.pass(10)
    expect(outcome.value).toEqual(done(2))
    releaseC()
  })

  test('[DUR4] is answered after the wait where the second disk is slow, and says that one has it', async () => {
    const rig = await StoreRig.started(2)
    const [a, b] = rig.nodes as [StoreNode, StoreNode]
    b.disk.hold()
    const outcome = watched(a.note('shop', 'one'))
    await rig.pass(ACK_WAIT_MS - 1)
    expect(outcome.value).toBeUndefined()
    await rig.pass(2)
    expect(outcome.value).toEqual(done(1))
  })

  test('[DUR5] is answered with an error where the disk fails, and nobody else ever hears of it', async () => {
    const rig = await StoreRig.started(2)
    const [a, b] = rig.nodes as [StoreNode, StoreNode]
    a.disk.failure = new Error('EIO')
    const outcome = watched(a.note('shop', 'one'))
    a.disk.did.length = 0
    await rig.pass(10_000)
    expect(outcome.value).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/disk did not take the write \(EIO\)/) },
    })
    expect(a.diskFailures.length).toBeGreaterThan(0)
    expect(a.disk.did.filter((did) => did !== `frame ${FRAME.stored}`)).toEqual([])
    expect(b.noteOf('shop')).toBeUndefined()
    a.disk.failure = undefined
    expect(await answered(rig, a.note('late'))).toMatchObject({ ok: false })
  })

  test('[DUR6] is answered, if only with an error, where the store fails or stops before it can say', async () => {
    const rig = await StoreRig.started(2)
    const [a, b] = rig.nodes as [StoreNode, StoreNode]
    b.disk.hold()
    const outcome = watched(a.note('shop', 'one'))
    await rig.pass(10)
    await a.stop()
    await rig.pass(0)
    expect(outcome.value).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('may have been done') },
    })
  })

  test('[SPREAD6] spreads on after a failure of the store that was survived: the links it had, sync, expiry', async () => {
    const rig = await StoreRig.started(2)
    const [a, b] = rig.nodes as [StoreNode, StoreNode]
    // The rig throws where a peer is blamed: a defect of a port, as any other.
    a.tell({ type: 'frame', from: b.id, bytes: new Uint8Array([99]) })
    await rig.pass(1_000)
    a.disk.did.length = 0
    await rig.pass(5_000)
    expect(a.disk.did.filter((did) => did === `frame ${FRAME.sync}`).length).toBeGreaterThan(1)
    a.record()
    await rig.pass(20)
    expect(a.disk.did).toContain(`frame ${FRAME.envelopes}`)
    expect(await answered(rig, a.note('shop', 'one'))).toEqual(done(2))
  })
})

async function answered(rig: StoreRig, promise: Promise<WriteOutcome>): Promise<WriteOutcome | undefined> {
  const outcome = watched(promise)
  await rig.pass(1_000)
  return outcome.value
}

test('[SPREAD7] what gossip did not bring is found by sync, also by who was away', async () => {
  const rig = await StoreRig.started(3)
  const [a, b, c] = rig.nodes as [StoreNode, StoreNode, StoreNode]
  rig.network.partition([a.id], [b.id, c.id])
  await answered(rig, a.note('alone', 'one'))
  expect(await answered(rig, b.note('both', 'two'))).toEqual(done(2))
  expect([b.noteOf('alone'), a.noteOf('both')]).toEqual([undefined, undefined])
  rig.network.heal()
  await rig.link()
  await rig.pass(5_000)
  for (const node of rig.nodes) expect([node.noteOf('alone'), node.noteOf('both')]).toEqual(['one', 'two'])
  expect(new Set(rig.nodes.map(({ replica }) => replica.digest().root)).size).toBe(1)
})

describe('a long history', () => {
  /** One namespace, so often noted that its history is to be cut. */
  async function longLived(rig: StoreRig, by: StoreNode): Promise<void> {
    for (let count = 0; count < 200; count += 1) {
      void by.note('shop', `${count}`)
      if (count % 20 === 0) await rig.pass(10)
    }
    await rig.pass(100)
  }

  test('[SPREAD8] is cut by the lowest member when all hold the same, and by nobody while one is away', async () => {
    const rig = await StoreRig.started(3)
    const [a, b, c] = rig.nodes as [StoreNode, StoreNode, StoreNode]
    await c.stop()
    await longLived(rig, b)
    await rig.pass(30_000)
    expect([a.historyOf('shop'), b.historyOf('shop')]).toEqual([200, 200])
    await c.start()
    await rig.link()
    await rig.pass(30_000)
    for (const node of rig.nodes) expect([node.historyOf('shop'), node.noteOf('shop')]).toEqual([1, '199'])
    expect(a.replica.history('core/Namespace//shop')[0]?.author).toBe(a.id)
    a.crash()
    await a.start()
    expect([a.historyOf('shop'), a.noteOf('shop')]).toEqual([1, '199'])
  })

  test('[SPREAD11] of half of what there is room for is cut while somebody is away, whose write is there when he is back', async () => {
    const rig = await StoreRig.started(3)
    const [a, b, c] = rig.nodes as [StoreNode, StoreNode, StoreNode]
    await longLived(rig, b)
    await answered(rig, c.note('other', '1'))
    await rig.pass(1_000)
    rig.network.partition([a.id, b.id], [c.id])
    const labelOf = ({ replica }: StoreNode) => replica.get(namespaceKey('shop'))?.object.metadata.labels?.['by']
    const before = c.replica.get(namespaceKey('shop'))!.object
    const object = { ...before, metadata: { ...before.metadata, labels: { by: 'c' } } }
    await answered(rig, c.write({ verb: 'replace', key: namespaceKey('shop'), object }))
    for (let round = 0; round < 22; round += 1) await longLived(rig, b)
    await rig.pass(60_000)
    expect(a.historyOf('shop')).toBeLessThan(2_300)
    expect(b.noteOf('shop')).toBe('199')
    rig.network.heal()
    await rig.link()
    await rig.pass(30_000)
    for (const node of rig.nodes) expect([node.noteOf('shop'), labelOf(node)]).toEqual(['199', 'c'])
    expect(a.replica.digest().root).toBe(c.replica.digest().root)
  })

  test('[SPREAD8] a member that comes late with a change on the history that was cut is merged', async () => {
    const rig = await StoreRig.started(2)
    const [a, b] = rig.nodes as [StoreNode, StoreNode]
    await longLived(rig, a)
    for (let ms = 0; ms < 10_000 && a.historyOf('shop') > 1; ms += 1) await rig.pass(1)
    expect([a.historyOf('shop'), b.historyOf('shop')]).toEqual([1, 200])
    rig.network.setWire(a.id, b.id, 'cut')
    await answered(rig, b.note('shop', 'late'))
    await rig.pass(1_000)
    rig.network.heal()
    await rig.link()
    await rig.pass(10_000)
    expect([a.noteOf('shop'), b.noteOf('shop')]).toEqual(['late', 'late'])
    expect(a.historyOf('shop')).toBeLessThan(10)
    expect(a.replica.digest().root).toBe(b.replica.digest().root)
  })
})

describe('power that fails', () => {
  test('[P5, DUR7] at any operation of the disk takes no write that was acknowledged, and none that others have heard of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (operations, torn) => {
          const rig = await StoreRig.started(2)
          const [a, b] = rig.nodes as [StoreNode, StoreNode]
          a.disk.operationsLeft = operations
          const outcomes: { name: string; outcome: { value: WriteOutcome | undefined } }[] = []
          for (let at = 0; at < 16; at += 1) {
            outcomes.push({ name: `n${at}`, outcome: watched(a.note(`n${at}`, `${at}`)) })
            if (at % 3 > 0) await rig.pass(at)
          }
          await rig.pass(2_000)
          const heard = outcomes.filter(({ name }) => b.noteOf(name) !== undefined).map(({ name }) => name)
          a.crash((_file, unsyncedBytes) => Math.floor(unsyncedBytes * torn))
          const acked = outcomes.filter(({ outcome }) => outcome.value?.ok === true).map(({ name }) => name)
          await a.start()
          for (const name of [...acked, ...heard]) expect(a.noteOf(name), name).toBeDefined()
        },
      ),
      { numRuns: 25 },
    )
  })
})

/** Found by the simulator: a disk was full, the first of two was refused, and the second told that all was as it wanted. */
test('[DUR8] who finds done what he wants is answered when that is on the disk', async () => {
  const rig = await StoreRig.started(1)
  const [a] = rig.nodes as [StoreNode]
  const release = a.disk.hold()
  const first = watched(a.note('shop', 'same'))
  await rig.pass(10)
  const second = watched(a.note('shop', 'same'))
  await rig.pass(100)
  expect([first.value, second.value]).toEqual([undefined, undefined])
  release()
  await rig.pass(2_000)
  expect([first.value, second.value]).toMatchObject([
    { ok: true, changed: true },
    { ok: true, changed: false },
  ])
})

/** Found by the simulator: a node that had taken a snapshot gave up its own pods for what others had once claimed. */
test('[LOG11] neither the log nor a snapshot brings back what others once said of their pods', async () => {
  const rig = await StoreRig.started(2, 8 * 1024)
  const [a, b] = rig.nodes as [StoreNode, StoreNode]
  b.record()
  b.claim()
  a.claim()
  await rig.pass(100)
  for (let note = 0; note < 100 && (await a.disk.read('snapshot')) === undefined; note += 1) {
    void a.note('shop', `${note} ${'x'.repeat(500)}`)
    await rig.pass(50)
  }
  expect(recordsIn(a)).toHaveLength(3)
  a.crash()
  await a.start()
  expect(recordsIn(a)).toEqual([`${a.id}/pod`, `${b.id}/node`].toSorted())
})

function recordsIn({ replica }: StoreNode): string[] {
  const keys = [...replica.envelopes()].filter(({ type }) => type === 'record').map(({ key }) => key)
  return keys.map((key) => key.split('/').slice(0, 2).join('/')).toSorted()
}

describe('what lasts, in a cluster of sixteen that are all linked', () => {
  const LINKED = 16
  const framesOf = (rig: StoreRig, kind: number): number =>
    rig.nodes.flatMap(({ disk }) => disk.did).filter((did) => did === `frame ${kind}`).length

  /** A tree has grown: some spoke, and those that brought it twice were told so. */
  const grown = async (): Promise<StoreRig> => {
    const rig = await StoreRig.started(LINKED)
    await rig.pass(2_000)
    for (const node of rig.nodes) {
      node.record()
      await rig.pass(1_000)
    }
    for (const { disk } of rig.nodes) disk.did.length = 0
    return rig
  }

  const haveIt = ({ nodes }: StoreRig, of: StoreNode): number =>
    nodes.filter(({ replica }) => [...replica.records()].some(({ name, node }) => name === 'pod/p1' && node === of.id))
      .length

  test('[SPREAD10] a record travels along a tree, once to each', async () => {
    const rig = await grown()
    const of = rig.nodes[5]!
    of.claim()
    await rig.pass(100)
    expect(haveIt(rig, of)).toBe(LINKED)
    expect(framesOf(rig, FRAME.envelopes)).toBeLessThanOrEqual(LINKED + 2)
  })

  test('[SPREAD10] one that dies amid the tree keeps nobody from the news: hashes tell of it', async () => {
    const rig = await grown()
    const of = rig.nodes[5]!
    of.record()
    await rig.pass(20)
    const passedOn = ({ disk }: StoreNode): number =>
      disk.did.filter((did) => did === `frame ${FRAME.envelopes}`).length
    const [branch] = rig.nodes.filter((node) => node !== of).toSorted((a, b) => passedOn(b) - passedOn(a))
    expect(passedOn(branch!)).toBeGreaterThan(0)
    for (const { disk } of rig.nodes) disk.did.length = 0
    branch!.crash()
    of.claim()
    await rig.pass(400)
    expect(haveIt(rig, of)).toBe(LINKED - 1)
    expect(framesOf(rig, FRAME.want)).toBeGreaterThan(0)
  })
})
