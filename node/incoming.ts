/**
 * Streams that other members open to this node, by what they are for.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { PeerId, TransportHandlers } from '../net/index.ts'
import { ownLogs, type Backend } from './backend.ts'
import { answerLogs, parseLogQuestion, refuseLogs, serveQuestion } from './questions.ts'
import type { ForwardServer } from './service/serve-forward.ts'
import type { World } from './world/world.ts'

export interface IncomingPorts {
  readonly world: Pick<World, 'log' | 'runtimes'>
  readonly backend: Pick<Backend, 'ownEvents' | 'ownDigest'>
  readonly forwardServer: Pick<ForwardServer, 'serve'>
}

export function incomingStreams({ world, backend, forwardServer }: IncomingPorts): TransportHandlers['stream'] {
  return (from, protocol, header, stream) => {
    switch (protocol) {
      case 'forward':
        void forwardServer.serve(from, header, stream)
        return
      case 'ask':
        serveQuestion(header, stream, ({ ask }) => (ask === 'events' ? backend.ownEvents() : backend.ownDigest()))
        return
      case 'logs':
        void serveLogs(world, from, header, stream)
        return
    }
  }
}

async function serveLogs(
  { runtimes, log }: IncomingPorts['world'],
  from: PeerId,
  header: Uint8Array,
  stream: Duplex,
): Promise<void> {
  stream.on('error', () => stream.destroy())
  try {
    const question = parseLogQuestion(header)
    if (question === undefined) throw new Error('not a question for logs')
    const output = await ownLogs(runtimes, question.uid, question.options)
    answerLogs(stream, output)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.note('info', 'logs-refused', { from, reason })
    refuseLogs(stream, reason)
  }
}
