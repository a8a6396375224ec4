/**
 * What a member gone bad may say in the language of gossipsub itself (B22 to B25): floods that cost the sender little, topics and
 * authors that are none.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { bytesOf } from '../../crdt/hostile.ts'
import { grafts, iHave, iWant, message, pruneWithPeers, subscriptions } from '../../net/rpc-rig.ts'

export interface RpcAttack {
  readonly what: string
  readonly rpcs: readonly Uint8Array[]
}

const MIB = 1024 * 1024
/** CVE-2026-46679: as many as an RPC of 3.6 MB holds. */
const SUBSCRIPTIONS = 349_525

/** Multihash of an RSA key: 0x12 0x20 SHA-256. */
const rsaPeer = (seed: number): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x12, 0x20), createHash('sha256').update(bytesOf(32, seed)).digest()])
/** Multihash of an ECDSA key, whole: its protobuf inlined. */
const ecdsaPeer = (seed: number): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x00, 0x24, 0x08, 0x03, 0x12, 0x20), bytesOf(32, seed)])

/**
 * B24: the field `from` of a message is not read at all. Envelopes carry their author's signature inside, and only Ed25519 keys
 * name a node (ID4); so what comes here in the name of such a key is noise.
 *
 * `good`: an envelope that would be taken, if it came as it should. */
export function rpcAttacks(clusterId: string, good: Uint8Array): RpcAttack[] {
  const topic = `${clusterId.slice(0, 16)}/changes`
  const name = (index: number): string => index.toString(36).padStart(5, '0')
  const id = (index: number): Uint8Array => createHash('sha256').update(name(index)).digest().subarray(0, 16)
  const floods = (count: number, make: (index: number) => Uint8Array): Uint8Array[] =>
    Array.from({ length: count }, (_, index) => make(index))
  return [
    {
      what: 'B22: a third of a million subscriptions in one RPC',
      rpcs: floods(3, (round) => subscriptions(SUBSCRIPTIONS, (index) => name(round * SUBSCRIPTIONS + index))),
    },
    { what: 'B23: IHAVE of messages that are none', rpcs: floods(20, () => iHave(topic, 100_000, id)) },
    {
      what: 'B23: IHAVE within the limits, for ever new ones',
      rpcs: floods(50, (at) => iHave(topic, 1_000, (index) => id(at * 1_000 + index))),
    },
    { what: 'B23: IWANT of everything', rpcs: floods(20, () => iWant(100_000, id)) },
    {
      what: 'B23: GRAFT again and again, also of foreign topics',
      rpcs: [...floods(200, () => grafts(1, () => topic)), grafts(100_000, name)],
    },
    { what: 'B23: PRUNE with a list of better peers', rpcs: floods(20, () => pruneWithPeers(topic, 10_000, rsaPeer)) },
    {
      what: 'B24: messages in the name of an RSA and an ECDSA key',
      rpcs: [rsaPeer, ecdsaPeer].map((peer, seed) => message({ topic, data: bytesOf(1_000, seed), from: peer(seed) })),
    },
    {
      what: 'B25: a foreign topic, another cluster’s, and 5 MiB',
      rpcs: [
        message({ topic: 'changes', data: good }),
        message({ topic: `${'f'.repeat(16)}/changes`, data: good }),
        message({ topic, data: bytesOf(5 * MIB, 5) }),
        message({ topic, data: bytesOf(MIB, 6) }),
      ],
    },
    { what: 'bytes that are no RPC', rpcs: [bytesOf(1_000, 8), new Uint8Array(100_000).fill(0x0a), new Uint8Array(0)] },
  ]
}
