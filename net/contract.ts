/**
 * What every transport promises: the suite that `swarm.ts` and `memory.ts` pass. A transport's test file calls it with a rig
 * that starts members of its kind.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FRAME_BYTES_MAX, GOSSIP_BYTES_MAX } from './transport.ts'
import type { DownReason, GossipMessage, PeerId, StreamProtocol, Topic, Transport } from './transport.ts'

/** A member that records what it hears. */
export interface Listener {
  readonly transport: Transport
  readonly frames: { from: PeerId; bytes: Uint8Array }[]
  readonly gossip: GossipMessage[]
  readonly ups: PeerId[]
  readonly downs: { peer: PeerId; reason: DownReason; atMs: number }[]
  readonly streams: { from: PeerId; protocol: StreamProtocol; header: Uint8Array; stream: Duplex }[]
  readonly admitted: Uint8Array[]
  readonly shunned: Set<PeerId>
  /** What to do with gossip; default: accept. */
  judge: (message: GossipMessage) => void
}

export interface ContractRig {
  /** A started member of one cluster. */
  member(): Promise<Listener>
  /** Knocks with a key that no member vouches for; resolves with the bytes it was told after the handshake. */
  stranger(door: Listener): Promise<number>
  /** The process is gone from one moment to the next. */
  kill(listener: Listener): Promise<void>
  close(): Promise<void>
}

/** Starts `transport` and records. */
export const listenOn = async (transport: Transport): Promise<Listener> => {
  const listener: Listener = {
    transport,
    frames: [],
    gossip: [],
    ups: [],
    downs: [],
    streams: [],
    admitted: [],
    shunned: new Set(),
    judge: (message) => message.accept(),
  }
  await transport.start({
    mayLink: (peer) => !listener.shunned.has(peer),
    frame: (from, bytes) => listener.frames.push({ from, bytes }),
    gossip: (message) => {
      listener.gossip.push(message)
      listener.judge(message)
    },
    up: (peer) => listener.ups.push(peer),
    down: (peer, reason) => listener.downs.push({ peer, reason, atMs: performance.now() }),
    stream: (from, protocol, header, stream) => listener.streams.push({ from, protocol, header, stream }),
    admitted: (certificate) => listener.admitted.push(certificate),
  })
  return listener
}

/** Waits for a fact, looking again every few milliseconds. */
export const until = async (what: string, isSo: () => boolean, limitMs = 10_000): Promise<void> => {
  const endMs = performance.now() + limitMs
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export const connect = async (from: Listener, to: Listener): Promise<void> => {
  await from.transport.connect(to.transport.addresses())
  await until('the link stands on both sides', () => isLinked(from, to) && isLinked(to, from))
}

const isLinked = (one: Listener, other: Listener): boolean => one.transport.links().includes(other.transport.self)

/** Publishes ever new messages until one is through: gossip needs a moment after a link is up. */
export const gossipFlows = async (from: Listener, to: Listener, topic: Topic = 'changes'): Promise<void> => {
  let attempt = 0
  const prefix = randomBytes(8).toString('hex')
  const endMs = performance.now() + 10_000
  while (!to.gossip.some((message) => text(message.bytes).startsWith(prefix))) {
    if (performance.now() > endMs) throw new Error('no gossip came through in 10 s')
    from.transport.publish(topic, Buffer.from(`${prefix} ${attempt++}`))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const heard = (listener: Listener, message: string): number =>
  listener.gossip.filter(({ bytes }) => text(bytes) === message).length

export const contract = (name: string, newRig: () => Promise<ContractRig>): void => {
  describe(`${name} keeps the contract of a transport`, () => {
    let rig: ContractRig
    beforeEach(async () => {
      rig = await newRig()
    })
    afterEach(() => rig.close())

    const members = async (count: number): Promise<Listener[]> =>
      await Promise.all(Array.from({ length: count }, () => rig.member()))

    test('[LINK1] a frame arrives whole, in order, with its sender', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const large = randomBytes(FRAME_BYTES_MAX)
      expect(a.transport.send(b.transport.self, Buffer.from('first'))).toBe('sent')
      expect(a.transport.send(b.transport.self, large)).toBe('sent')
      expect(b.transport.send(a.transport.self, new Uint8Array())).toBe('sent')
      await until('all frames are there', () => b.frames.length === 2 && a.frames.length === 1)
      expect(text(b.frames[0]?.bytes ?? new Uint8Array())).toBe('first')
      expect(Buffer.compare(b.frames[1]?.bytes ?? new Uint8Array(), large)).toBe(0)
      expect(b.frames[0]?.from).toBe(a.transport.self)
      expect(a.frames[0]?.bytes.length).toBe(0)
    })

    test('[LINK2] a frame over the limit is refused to its sender, and one without a link is not sent', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      expect(a.transport.send(b.transport.self, Buffer.from('x'))).toBe('no-link')
      await connect(a, b)
      expect(() => a.transport.send(b.transport.self, new Uint8Array(FRAME_BYTES_MAX + 1))).toThrow(/split it/)
    })

    test('[LINK3] both sides hear of a link and of its end, once', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      await a.transport.connect(b.transport.addresses())
      expect([a.ups, b.ups]).toEqual([[b.transport.self], [a.transport.self]])
      await a.transport.disconnect(b.transport.self)
      await until('both know', () => a.downs.length === 1 && b.downs.length === 1)
      expect([a.downs[0]?.reason, b.downs[0]?.reason]).toEqual(['closed', 'closed'])
      expect([a.transport.links(), b.transport.links()]).toEqual([[], []])
      await connect(b, a)
      expect([a.ups.length, b.ups.length]).toEqual([2, 2])
    })

    test('[LINK4] the end of a process is seen at once, and dialling it says that nobody listens', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const addresses = b.transport.addresses()
      const killedMs = performance.now()
      await rig.kill(b)
      await until('it is seen', () => a.downs.length === 1)
      expect(a.downs[0]?.reason).toBe('reset')
      // 5 to 20 ms when the machine is quiet, but this suite runs beside others; libp2p's own pings take 10 s
      expect((a.downs[0]?.atMs ?? Infinity) - killedMs).toBeLessThan(1000)
      await expect(a.transport.connect(addresses)).rejects.toMatchObject({ code: 'refused' })
    })

    test('[LINK5] two that dial each other at once settle on one link', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await Promise.all([a.transport.connect(b.transport.addresses()), b.transport.connect(a.transport.addresses())])
      await until('it stands', () => isLinked(a, b) && isLinked(b, a))
      a.transport.send(b.transport.self, Buffer.from('over'))
      b.transport.send(a.transport.self, Buffer.from('and back'))
      await until('frames go both ways', () => a.frames.length === 1 && b.frames.length === 1)
      expect([a.ups.length - a.downs.length, b.ups.length - b.downs.length]).toEqual([1, 1])
      await gossipFlows(a, b)
    })

    test('[LINK9] a member that is shunned gets no link, whoever opens it, and is not heard; then it gets one again', async () => {
      const [a, b, c] = (await members(3)) as [Listener, Listener, Listener]
      await connect(a, b)
      await connect(a, c)
      await gossipFlows(b, a)
      a.shunned.add(b.transport.self)
      await a.transport.disconnect(b.transport.self)
      await until('both know', () => a.downs.length === 1 && b.downs.length === 1)
      const heardBefore = [a.frames.length, a.gossip.length]
      await expect(a.transport.connect(b.transport.addresses())).rejects.toMatchObject({ code: 'shunned' })
      await expect(b.transport.connect(a.transport.addresses())).rejects.toBeInstanceOf(Error)
      expect(b.transport.send(a.transport.self, Buffer.from('hear me'))).toBe('no-link')
      b.transport.publish('changes', Buffer.from('hear me'))
      await gossipFlows(a, c)
      expect([a.frames.length, a.gossip.length]).toEqual(heardBefore)
      expect([isLinked(a, b), isLinked(a, c)]).toEqual([false, true])
      a.shunned.clear()
      await connect(b, a)
      await gossipFlows(b, a)
    })

    test('[GOSSIP1] a message reaches every member, once, over a neighbour that accepts it', async () => {
      const [a, b, c] = (await members(3)) as [Listener, Listener, Listener]
      await connect(a, b)
      await connect(b, c)
      await gossipFlows(a, c)
      a.transport.publish('verdicts', Buffer.from('news'))
      await until('it is everywhere', () => heard(b, 'news') > 0 && heard(c, 'news') > 0)
      await connect(a, c)
      await gossipFlows(a, c)
      a.transport.publish('verdicts', Buffer.from('more'))
      await until('it is everywhere', () => heard(b, 'more') > 0 && heard(c, 'more') > 0)
      await gossipFlows(b, c)
      expect([heard(a, 'more'), heard(b, 'more'), heard(c, 'more')]).toEqual([0, 1, 1])
      expect(c.gossip.find(({ bytes }) => text(bytes) === 'news')).toMatchObject({
        topic: 'verdicts',
        from: b.transport.self,
      })
    })

    for (const [rule, verdict] of [
      ['[GOSSIP2] a message travels on only after it was accepted', 'wait'],
      ['[GOSSIP3] a rejected message does not travel on', 'reject'],
      ['[GOSSIP3] an ignored message does not travel on', 'ignore'],
    ] as const) {
      test(rule, async () => {
        const [a, b, c] = (await members(3)) as [Listener, Listener, Listener]
        await connect(a, b)
        await connect(b, c)
        await gossipFlows(a, c)
        let held: GossipMessage | undefined
        b.judge = (message) => {
          if (text(message.bytes) !== 'doubtful') return message.accept()
          held = message
          if (verdict === 'reject') message.reject()
          if (verdict === 'ignore') message.ignore()
        }
        a.transport.publish('changes', Buffer.from('doubtful'))
        await until('the neighbour has it', () => held !== undefined)
        // what was sent later is through, so what was not is held back
        await gossipFlows(a, c)
        await gossipFlows(b, c)
        expect(heard(c, 'doubtful')).toBe(0)
        if (verdict !== 'wait') return
        held?.accept()
        await until('it is let through', () => heard(c, 'doubtful') === 1)
      })
    }

    test('[GOSSIP4] a message over the limit is refused to its sender, the largest one arrives', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      await gossipFlows(a, b)
      const largest = randomBytes(GOSSIP_BYTES_MAX)
      a.transport.publish('changes', largest)
      await until('it is there', () => b.gossip.some(({ bytes }) => Buffer.compare(bytes, largest) === 0))
      expect(() => a.transport.publish('changes', new Uint8Array(GOSSIP_BYTES_MAX + 1))).toThrow(/over the/)
    })

    test('[STREAM1] a stream carries its header and ends each way by itself', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const near = await a.transport.open(b.transport.self, 'ask', Buffer.from('what?'))
      near.end('question')
      await until('it is open there', () => b.streams.length === 1)
      const { from, protocol, header, stream: far } = b.streams[0] as Listener['streams'][number]
      expect([from, protocol, text(header)]).toEqual([a.transport.self, 'ask', 'what?'])
      expect(text(await readAll(far))).toBe('question')
      far.end('answer')
      expect(text(await readAll(near))).toBe('answer')
    })

    test('[STREAM2] 50 MB go both ways at once', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const near = await a.transport.open(b.transport.self, 'forward', new Uint8Array())
      await until('it is open there', () => b.streams.length === 1)
      const far = b.streams[0]?.stream as Duplex
      const [there, back] = await Promise.all([drain(far), drain(near), pour(near, LARGE), pour(far, LARGE)])
      expect([there, back]).toEqual([LARGE, LARGE])
    }, 60_000)

    test('[STREAM3] a writer waits for its reader', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const near = await a.transport.open(b.transport.self, 'forward', new Uint8Array())
      await until('it is open there', () => b.streams.length === 1)
      const far = b.streams[0]?.stream as Duplex
      const sent = { bytes: 0 }
      const written = pour(near, LARGE, sent)
      await stalls(() => sent.bytes)
      // nobody reads: only buffers are full, and a neighbour's other traffic goes on
      expect(sent.bytes).toBeLessThan(AHEAD_MAX)
      await gossipFlows(a, b)
      const [read] = await Promise.all([drain(far), written])
      expect(read).toBe(LARGE)
    }, 60_000)

    test('[STREAM4] a stream that breaks ends in an error, never in a clean end', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      const near = await a.transport.open(b.transport.self, 'logs', new Uint8Array())
      await until('it is open there', () => b.streams.length === 1)
      b.streams[0]?.stream.write('half a li')
      const read = readAll(near).then(
        () => 'a clean end',
        () => 'an error',
      )
      await rig.kill(b)
      expect(await read).toBe('an error')
    })

    test('[STREAM5] a header over 64 KiB is refused to its sender', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      await expect(a.transport.open(b.transport.self, 'ask', new Uint8Array(65 * 1024))).rejects.toMatchObject({
        code: 'protocol',
      })
    })

    test('[ADMIT1] a stranger gets no link, no gossip and not a byte', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      expect(await rig.stranger(a)).toBe(0)
      expect([a.ups, a.streams.length]).toEqual([[b.transport.self], 0])
    })

    test('[LINK6] a stopped transport tells its neighbours, and says so when it is used', async () => {
      const [a, b] = (await members(2)) as [Listener, Listener]
      await connect(a, b)
      await b.transport.stop()
      await until('both know', () => a.downs.length === 1 && b.downs.length === 1)
      expect([a.downs[0]?.reason, b.downs[0]?.reason]).toEqual(['closed', 'stopped'])
      expect(() => b.transport.publish('changes', new Uint8Array())).toThrow(/stopped/)
      await expect(b.transport.connect(a.transport.addresses())).rejects.toMatchObject({ code: 'stopped' })
    })
  })
}

const LARGE = 50 * 1024 * 1024
const CHUNK = 64 * 1024
/** Written and not read: window, libp2p's and Node's buffers at both ends. */
const AHEAD_MAX = 3 * 1024 * 1024

const pour = async (stream: Duplex, bytes: number, sent = { bytes: 0 }): Promise<void> => {
  while (sent.bytes < bytes) {
    const hasRoom = stream.write(Buffer.alloc(CHUNK, sent.bytes % 251))
    sent.bytes += CHUNK
    if (!hasRoom) await new Promise((resolve) => stream.once('drain', resolve))
  }
  stream.end()
}

/** Resolves when a figure has not moved for 200 ms. */
const stalls = async (read: () => number): Promise<void> => {
  for (let last = -1; last !== read();) {
    last = read()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const drain = async (stream: Duplex): Promise<number> => {
  let bytes = 0
  await consume(stream, (chunk) => (bytes += chunk.length))
  return bytes
}

const readAll = async (stream: Duplex): Promise<Buffer> => {
  const chunks: Buffer[] = []
  await consume(stream, (chunk) => chunks.push(chunk))
  return Buffer.concat(chunks)
}

/** By events: an async iterator destroys the whole stream at the end of its readable half. */
const consume = (stream: Duplex, take: (chunk: Buffer) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.on('data', take)
    stream.once('end', resolve)
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('closed before its end')))
  })
