/**
 * What a hostile member may say, as envelopes with its own good signature where that is the point. The numbers are those of
 * the findings (0.4 to 0.16) and of the catalogue of bad inputs (B1 to B26) that the design rests on. B7, B18 at
 * the door, and B22 to B25 are in `hostile.test.ts` and `rpcs.ts`. B17 does not apply yet: nothing revokes a key, a certificate
 * has no end, and there is one role; a certificate without it makes nobody a member (MEMBER2).
 *
 * @module
 */
import { deflateRawSync } from 'node:zlib'
import { encode } from 'cborg'
import { openChunk, packChunk, plainChunk } from '../../crdt/chunk.ts'
import { openEnvelope, sealMember, sealRecord, type RecordBody } from '../../crdt/envelope.ts'
import {
  automergeChunk,
  bytesOf,
  chunkOfColumns,
  depthBomb,
  dice,
  forge,
  GOOD_TEXTS,
  operationsOf,
  predecessorBomb,
  runBomb,
} from '../../crdt/hostile.ts'
import { ByteReader, ulebBytes } from '../../crdt/byte-reader.ts'
import { nodeFact, podFact } from '../../crdt/testing.ts'
import type { NodeId } from '../../crdt/index.ts'
import { createIdentity, issueCertificate, type Identity } from '../../net/index.ts'
import { FRAME, tagged } from '../../node/store/frames.ts'

export interface Attack {
  readonly what: string
  readonly envelopes?: readonly Uint8Array[]
  /** On the link as they are, the kind of frame included. */
  readonly frames?: readonly Uint8Array[]
}

export interface Target {
  readonly author: Identity
  readonly clusterId: string
  /** An honest member, to speak for. */
  readonly victim: NodeId
  /** An honest change that the target holds. */
  readonly honest: Uint8Array
}

const MIB = 1024 * 1024
const DAY_MS = 86_400_000
/** Each is one round of all carriers to all nodes: enough for a flipped bit in every part of an envelope. */
const MUTANTS = 60

export function attacksOn(target: Target): Attack[] {
  return [...shapeless(target), ...bombs(target), ...liars(target), ...odd(target), ...frames()]
}

type Forger = (chunk: Uint8Array) => Uint8Array

/** `forge` takes an author whose key it does not need to see. */
const authorOf = ({ author }: Target): Parameters<typeof forge>[0]['author'] => author as never

const forgerFor =
  (target: Target): Forger =>
  (chunk) =>
    forge({ author: authorOf(target), clusterId: target.clusterId, body: { chunk } })

function shapeless({ honest }: Target): Attack[] {
  const roll = dice(7)
  const flipped = Array.from({ length: MUTANTS }, () => {
    const at = roll(honest.length)
    return honest.with(at, (honest[at] ?? 0) ^ (1 << roll(8)))
  })
  return [
    {
      what: 'B1: nothing, one byte, noise',
      envelopes: [new Uint8Array(0), Uint8Array.of(0x82), bytesOf(250 * 1024, 1)],
    },
    { what: 'B2: an envelope over its size', envelopes: [bytesOf(257 * 1024, 2), bytesOf(900 * 1024, 3)] },
    { what: 'B4: flipped bits', envelopes: flipped },
    {
      what: 'CBOR that claims 4 GiB, and 256 Ki arrays deep',
      envelopes: [Uint8Array.of(0x82, 0x5a, 0xff, 0xff, 0xff, 0xff), new Uint8Array(250_000).fill(0x81)],
    },
  ]
}

function bombs(target: Target): Attack[] {
  const around = forgerFor(target)
  const inflating = (bytes: number): Uint8Array => around(deflated(new Uint8Array(bytes)))
  return [
    { what: 'B3: 204 KB that inflate to 200 MiB', envelopes: [inflating(200 * MIB), inflating(2 * MIB)] },
    { what: 'B9: nesting', envelopes: [33, 2_000, 5_000].map((depth) => around(depthBomb(depth))) },
    {
      what: 'runs of millions in a few bytes',
      envelopes: [around(runBomb(5_000_000)), around(runBomb(2 ** 52)), around(predecessorBomb(1_000_000))],
    },
    {
      what: 'columns that are none',
      envelopes: [
        around(chunkOfColumns([[0x42, [0x7f]]])),
        around(automergeChunk([{ action: 'makeText', obj: '_root', key: '1:/a', pred: [] }])),
      ],
    },
    { what: 'B5: changes with good checksums and broken insides', envelopes: broken(target).map(around) },
  ]
}

/** Honest changes with bytes changed inside, and the checksum made good again. */
function broken({ honest }: Target): Uint8Array[] {
  const opened = openEnvelope(honest)
  if (!('body' in opened) || opened.body.type !== 'change') throw new Error('the honest envelope is to be a change')
  const chunk = openChunk(opened.body.chunk)
  if ('rule' in chunk) throw new Error(chunk.reason)
  const body = innerBody(chunk.plain)
  const roll = dice(11)
  return Array.from({ length: MUTANTS }, () => {
    const mutant = Uint8Array.from(body)
    for (let times = 0; times < 3; times += 1) mutant[roll(mutant.length)] = roll(256)
    return roll(2) === 0 ? plainChunk(mutant) : packChunk(plainChunk(mutant))
  })
}

/** Without magic, checksum, type and length. */
function innerBody(plain: Uint8Array): Uint8Array {
  const reader = new ByteReader(plain)
  reader.bytes(9)
  reader.uleb()
  return reader.rest()
}

function deflated(body: Uint8Array): Uint8Array {
  const packed = deflateRawSync(body)
  return Buffer.concat([
    Uint8Array.of(0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2),
    Uint8Array.from(ulebBytes(packed.length)),
    packed,
  ])
}

function liars(target: Target): Attack[] {
  const { author, clusterId, victim, honest } = target
  const own = authorOf(target)
  const stranger = createIdentity((length) => bytesOf(length, 99))
  const asVictim = { ...author, node: victim } as Identity
  const record = (fields: Partial<RecordBody>, signer: Identity = author): Uint8Array =>
    sealRecord(
      {
        type: 'record',
        author: signer.node,
        name: 'node',
        incarnation: 2,
        seq: 1,
        atMs: Date.now(),
        ttlMs: 0,
        text: JSON.stringify(nodeFact('intruder')),
        ...fields,
      },
      clusterId,
      signer,
    )
  const ahead = { incarnation: 2 ** 40, seq: 2 ** 40 }
  return [
    {
      what: 'B14: records of another node',
      envelopes: [
        record(ahead, asVictim),
        record({ ...ahead, text: null }, asVictim),
        record({ ...ahead, name: 'pod/x', text: JSON.stringify(podFact('x')) }, asVictim),
      ],
    },
    { what: 'B15: a good change for another cluster', envelopes: [forge({ author: own, clusterId: 'f'.repeat(64) })] },
    { what: 'B16: an honest change, again and again', envelopes: [honest, honest, honest] },
    { what: 'an author who is no member', envelopes: [forge({ author: stranger as never, clusterId })] },
    { what: 'B20: a record dated a day ahead', envelopes: [record({ atMs: Date.now() + DAY_MS })] },
    { what: 'B21: invented members', envelopes: Array.from({ length: 100 }, (_, at) => sealMember(bytesOf(200, at))) },
    {
      what: 'B18: certificates that hang in the air: a long chain, a circle, and one that vouches for itself',
      envelopes: [...chainOf(100, clusterId), ...circle(clusterId)].map((bytes) => sealMember(bytes)),
    },
    {
      what: 'records that are no facts',
      envelopes: ['x', '[]', '{"__proto__":{"a":1}}', '9007199254740993', '['.repeat(60_000)].map((text, seq) =>
        record({ seq: seq + 2, text }),
      ),
    },
  ]
}

const identityOf = (seed: number): Identity => createIdentity((length) => bytesOf(length, seed))
const vouch = (issuer: Identity, subject: Identity, clusterId: string): Uint8Array =>
  issueCertificate({ subject: subject.node, issuer, clusterId, nowMs: 1 }).bytes

/** Each vouches for the next; nobody for the first. */
export function chainOf(length: number, clusterId: string): Uint8Array[] {
  const links = Array.from({ length: length + 1 }, (_, at) => identityOf(1_000 + at))
  return links.slice(1).map((subject, at) => vouch(links[at]!, subject, clusterId))
}

export function circle(clusterId: string): Uint8Array[] {
  const [one, other, alone] = [identityOf(501), identityOf(502), identityOf(503)]
  return [vouch(one, other, clusterId), vouch(other, one, clusterId), vouch(alone, alone, clusterId)]
}

function odd(target: Target): Attack[] {
  const { clusterId, author } = target
  const own = authorOf(target)
  const change = (fields: object): Uint8Array => forge({ author: own, clusterId, change: fields })
  const texts = (more: Record<string, string>): Uint8Array =>
    change({ operations: operationsOf({ ...GOOD_TEXTS, ...more }) })
  const keyed = (key: string): Uint8Array => forge({ author: own, clusterId, body: { key } })
  const unknown = (fields: readonly unknown[]): Uint8Array => {
    const body = encode(fields)
    const signed = Buffer.concat([Buffer.from(`shoal/${String(fields[1])}/1\0${clusterId}\0`), body])
    return encode([body, author.sign(signed)])
  }
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`1:/metadata/labels/l${at}`, '"x"']))
  return [
    {
      what: 'B6: changes whose past nobody knows',
      envelopes: Array.from({ length: 300 }, (_, at) =>
        change({ deps: [Buffer.from(bytesOf(32, at)).toString('hex')], startOp: 9 }),
      ),
    },
    {
      what: 'B8: numbers beyond sense',
      envelopes: [
        change({ seq: 2 ** 52 }),
        change({ startOp: 2 ** 31 + 1 }),
        change({ timeMs: 2 ** 48 + 1 }),
        change({ timeMs: Date.now() + DAY_MS }),
      ],
    },
    {
      what: 'B10: 5,000 keys, a leaf over 256 KiB',
      envelopes: [texts(many), texts({ '1:/a': JSON.stringify('x'.repeat(260 * 1024)) })],
    },
    {
      what: 'B11: names that poison',
      envelopes: ['__proto__', 'constructor', 'prototype', 'toString', '', 'a\0b', 'x'.repeat(65_536)].map((name) =>
        texts({ [`1:/${name}`]: '1' }),
      ),
    },
    {
      what: 'B12: numbers that are none',
      envelopes: ['9007199254740993', '1e999', '-0', 'NaN', '-1', '1000000000'].map((text) =>
        texts({ '1:/spec/replicas': text }),
      ),
    },
    {
      what: 'B13: names that look like others',
      envelopes: [
        'apps/Deployment/default/wеb',
        'apps/Deployment/default/w\u202eeb',
        'apps/Deployment/defаult/web',
      ].map(keyed),
    },
    {
      what: 'B19: versions, types and kinds that nobody knows',
      envelopes: [
        unknown([2, 'change', author.node]),
        unknown([1, 'lease', author.node]),
        unknown([1, 7]),
        keyed('evil.dev/Thing/default/web'),
      ],
    },
  ]
}

/** Lists of sync that claim more than they may, and kinds of frame that are none. */
function frames(): Attack[] {
  const sync = (type: number, payload: Uint8Array): Uint8Array =>
    tagged(FRAME.sync, Buffer.concat([Uint8Array.of(1, type), payload]))
  const wants = encode([
    true,
    Array.from({ length: 15_000 }, (_, at) => ['change', `apps/Deployment/default/w${at}`, new Uint8Array(16)]),
  ])
  const ranges = encode([
    false,
    Array.from({ length: 200 }, (_, at) => [at % 256, '', '', [['change', `k${at}`, 'x']]]),
  ])
  return [
    {
      what: 'B26: sync that claims a million entries',
      frames: [
        sync(4, wants),
        sync(3, wants),
        sync(3, ranges),
        sync(2, new Uint8Array(10)),
        sync(5, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)),
        sync(99, new Uint8Array(0)),
      ],
    },
    {
      what: 'B1: frames of noise of every kind',
      frames: [0, 1, 2, 3, 4, 5, 255].flatMap((kind) => [
        tagged(kind, new Uint8Array(0)),
        tagged(kind, bytesOf(1, kind)),
        tagged(kind, bytesOf(1024 * 1023, kind)),
      ]),
    },
    { what: 'an empty frame', frames: [new Uint8Array(0)] },
    {
      what: 'a batch whose lengths lie',
      frames: [
        tagged(FRAME.envelopes, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1)),
        tagged(FRAME.envelopes, new Uint8Array(1_000_000)),
      ],
    },
    {
      what: 'thanks for what was never sent',
      frames: [tagged(FRAME.stored, bytesOf(32 * 30_000, 5)), tagged(FRAME.stored, bytesOf(31, 5))],
    },
  ]
}
