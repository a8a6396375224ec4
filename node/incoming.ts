/**
 * Streams that other members open to this node, by what they are for.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { PeerId, TransportHandlers } from '../net/index.ts'
import type { Backend } from './backend.ts'
import { answerLogs, parseLogQuestion, refuseLogs, serveQuestion, type Question } from './questions.ts'
import { ofPod } from './runtime/of-pod.ts'
import type { SessionHost } from './session/host.ts'
import type { ForwardServer } from './service/serve-forward.ts'
import type { World } from './world/world.ts'

export interface IncomingPorts {
  readonly world: Pick<World, 'log' | 'runtimes'>
  readonly backend: Pick<Backend, 'ownEvents' | 'ownDigest' | 'ownUsage' | 'ownHaste'>
  readonly forwardServer: Pick<ForwardServer, 'serve'>
  readonly sessions: Pick<SessionHost, 'serve'>
}

export function incomingStreams({
  world,
  backend,
  forwardServer,
  sessions,
}: IncomingPorts): TransportHandlers['stream'] {
  return (from, protocol, header, stream) => {
    switch (protocol) {
      case 'forward':
        void forwardServer.serve(from, header, stream)
        return
      case 'session':
        void sessions.serve(from, header, stream)
        return
      case 'ask':
        serveQuestion(header, stream, (question) =>
          question.ask === 'hasten' ? backend.ownHaste(question) : ANSWERS[question.ask](backend),
        )
        return
      case 'logs':
        void serveLogs(world, from, header, stream)
        return
    }
  }
}

const ANSWERS: Readonly<Record<Question['ask'], (backend: IncomingPorts['backend']) => unknown>> = {
  events: (backend) => backend.ownEvents(),
  digest: (backend) => backend.ownDigest(),
  usage: (backend) => backend.ownUsage(),
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
    const { uid, options } = question
    const output = await ofPod(runtimes, uid, (runtime) => runtime.logs(uid, options))
    answerLogs(stream, output)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.note('info', 'logs-refused', { from, reason })
    refuseLogs(stream, error)
  }
}
