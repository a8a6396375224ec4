/**
 * The encrypted channel with the first words inside it: noise, then hello or join, then nothing until both sides are admitted.
 *
 * libp2p takes this for an encrypter, and only what an encrypter returns becomes a connection. So whatever lies above (the
 * multiplexer, identify, gossipsub, every protocol handler) never meets a peer that is not a member: there is no list of
 * protocols to forget one on. A stock libp2p node, which offers `/noise`, is not even answered that far.
 *
 * @module
 */
import './node20.ts'
import type { ConnectionEncrypter, MessageStream, SecureConnectionOptions, SecuredConnection } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { HELLO_BYTES_MAX } from './admission.ts'
import { firstFrame } from './first-frame.ts'
import { frameOf } from './frames.ts'
import { wholeWrites } from './thrift.ts'
import type { PeerId } from './transport.ts'

export const CHANNEL_PROTOCOL = '/shoal/noise/1'

/** Time for the first words; a stranger that is silent holds no place for longer. */
export const FIRST_WORDS_MS_MAX = 3000

/** What the two sides say. Each throws to refuse; the connection is then cut without another byte. */
export interface FirstWords {
  /** The dialler's frame. */
  ask(peer: PeerId): Uint8Array
  /** The dialler, with what came back. */
  accept(peer: PeerId, reply: Uint8Array): void
  /** The listener: the frame to send back. */
  answer(peer: PeerId, remote: string, frame: Uint8Array): Uint8Array
}

type NoiseComponents = Parameters<ReturnType<typeof noise>>[0]

export const admittingNoise =
  (words: FirstWords) =>
  (components: NoiseComponents): ConnectionEncrypter => {
    const inner = noise()(components)
    return {
      protocol: CHANNEL_PROTOCOL,
      async secureOutbound(stream, options) {
        wholeWrites(stream)
        const secured = await inner.secureOutbound(stream, options)
        await firstWords(secured, options, async (send, receive) => {
          const peer = secured.remotePeer.toString()
          send(words.ask(peer))
          words.accept(peer, await receive())
        })
        return secured
      },
      async secureInbound(stream, options) {
        wholeWrites(stream)
        const secured = await inner.secureInbound(stream, options)
        await firstWords(secured, options, async (send, receive) => {
          const remote = hostOf(stream)
          send(words.answer(secured.remotePeer.toString(), remote, await receive()))
        })
        return secured
      },
    }
  }

/** The IP address behind a connection; its port changes with every dial. */
const hostOf = (stream: MessageStream): string => {
  const address = 'remoteAddr' in stream ? String(stream.remoteAddr) : ''
  return address.split('/')[2] ?? ''
}

type Talk = (send: (frame: Uint8Array) => void, receive: () => Promise<Uint8Array>) => Promise<void>

const firstWords = async (
  { connection }: SecuredConnection,
  options: SecureConnectionOptions | undefined,
  talk: Talk,
): Promise<void> => {
  const limit = AbortSignal.timeout(FIRST_WORDS_MS_MAX)
  const signal = options?.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
  await talk(
    (frame) => {
      connection.send(frameOf(frame))
    },
    () => firstFrame(connection, { bytesMax: HELLO_BYTES_MAX, signal }),
  )
}
