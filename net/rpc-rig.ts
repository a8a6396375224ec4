/**
 * RPCs of gossipsub by hand, for those who obey no rule: protobuf, field by field. No test of its own.
 *
 * @module
 */

const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

/** Varint-prefixed, as gossipsub frames its RPCs. */
export const prefixed = (rpc: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.from(varint(rpc.length)), rpc])

/** A field that holds bytes. */
const field = (number: number, bytes: Uint8Array | string): Uint8Array => {
  const content = Buffer.from(bytes)
  return Buffer.concat([Uint8Array.from([number * 8 + 2, ...varint(content.length)]), content])
}

const several = (count: number, make: (index: number) => Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)))

/** RPC { subscriptions: SubOpts[] }, SubOpts { subscribe: true, topic } */
export const subscriptions = (count: number, topic: (index: number) => string): Uint8Array =>
  several(count, (index) => field(1, Buffer.concat([Uint8Array.from([0x08, 1]), field(2, topic(index))])))

/** RPC { publish: Message[] }, Message { from?, data, topic } */
export const message = ({ topic, data, from }: { topic: string; data: Uint8Array; from?: Uint8Array }): Uint8Array =>
  field(2, Buffer.concat([from === undefined ? new Uint8Array() : field(1, from), field(2, data), field(4, topic)]))

const control = (...parts: readonly Uint8Array[]): Uint8Array => field(3, Buffer.concat(parts))

type MessageId = (index: number) => Uint8Array

export const iHave = (topic: string, count: number, id: MessageId): Uint8Array =>
  control(field(1, Buffer.concat([field(1, topic), several(count, (index) => field(2, id(index)))])))

export const iWant = (count: number, id: MessageId): Uint8Array =>
  control(
    field(
      2,
      several(count, (index) => field(1, id(index))),
    ),
  )

export const grafts = (count: number, topic: (index: number) => string): Uint8Array =>
  control(several(count, (index) => field(3, field(1, topic(index)))))

/** A prune that recommends peers to connect to instead. */
export const pruneWithPeers = (topic: string, count: number, peer: (index: number) => Uint8Array): Uint8Array =>
  control(field(4, Buffer.concat([field(1, topic), several(count, (index) => field(2, field(1, peer(index))))])))
