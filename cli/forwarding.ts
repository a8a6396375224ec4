/**
 * Connections to a port of this machine that come out at a port of a pod. Each asks anew for its way, so that a pod that has
 * gone is replaced by another one of those that were meant.
 *
 * @module
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { splice } from '../node/index.ts'
import type { Client } from './client.ts'
import { CommandFailure } from './failure.ts'
import type { Container, Pod } from './objects.ts'
import { listAt } from './objects.ts'
import { podOf, podPath, type PodSource } from './pods.ts'
import { safe } from './print/safe.ts'

/** `local` 0: any free one. `remote`: a number, or the name of a port. */
export interface PortPair {
  readonly local: number
  readonly remote: string
}

/** [CLI94] `8080:80`, `80`, `:80`, `8080:http`. */
export function portPair(word: string): PortPair {
  const [first = '', second] = word.split(':')
  const remote = second ?? first
  const local = second === undefined ? first : first || '0'
  const isNumber = /^\d{1,5}$/.test(local) && Number(local) <= 65_535
  const isPort = /^\d+$/.test(remote)
    ? Number(remote) >= 1 && Number(remote) <= 65_535
    : /^[a-z0-9-]{1,63}$/.test(remote)
  if (word.split(':').length > 2 || !isPort || (!isNumber && second !== undefined))
    throw new CommandFailure(`"${word}" is no pair of ports: write 8080:80, 80, or :80 for any free one here`)
  return { local: isNumber ? Number(local) : 0, remote }
}

export class Forwarder {
  readonly #client: Client
  readonly #source: PodSource
  readonly #say: (line: string) => void
  #pod: Pod

  constructor(client: Client, source: PodSource, { pod, say }: { pod: Pod; say: (line: string) => void }) {
    this.#client = client
    this.#source = source
    this.#pod = pod
    this.#say = say
  }

  /** Rejects where the address cannot be had. */
  listen(host: string, { local, remote }: PortPair): Promise<{ readonly server: Server; readonly port: number }> {
    this.#portOf(this.#pod, remote)
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (connection) => {
      void this.#carry(connection, remote)
    })
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'it is in use' : error.message
        reject(new CommandFailure(`cannot listen on ${host}:${local}: ${why}`))
      })
      server.listen(local, host, () => resolve({ server, port: (server.address() as AddressInfo).port }))
    })
  }

  async #carry(connection: Socket, remote: string): Promise<void> {
    connection.on('error', () => connection.destroy())
    try {
      const stream = await this.#reach(remote)
      await splice(connection, stream)
    } catch (error) {
      // [CLI94] One connection less, and no more than that.
      this.#say(safe(`port ${remote}: ${(error as Error).message}`))
      connection.resetAndDestroy()
    }
  }

  /** [CLI95] By the pod of before, else by another one of them. */
  async #reach(remote: string): Promise<Duplex> {
    const pod = this.#pod
    try {
      return await this.#open(pod, remote)
    } catch (error) {
      if (this.#source.named.kind.kind === 'Pod') throw error
      const other = await podOf(this.#client, this.#source, new Set([pod.metadata.uid ?? ''])).catch(() => {
        throw error
      })
      const stream = await this.#open(other, remote)
      if (this.#pod !== other) this.#say(`now to ${other.metadata.name}: ${safe((error as Error).message)}`)
      this.#pod = other
      return stream
    }
  }

  #open(pod: Pod, remote: string): Promise<Duplex> {
    const query = [['ports', String(this.#portOf(pod, remote))]] as const
    return this.#client.stream({ method: 'POST', path: podPath(pod, 'portforward'), query })
  }

  /** [CLI94] Of a Service its own port is meant, which leads to one of the pod. */
  #portOf(pod: Pod, remote: string): number {
    const { thing, named } = this.#source
    if (named.kind.kind !== 'Service') return portOfPod(pod, remote)
    const ports = listAt(thing, 'spec', 'ports') as readonly ServicePort[]
    const found = ports.find(({ name, port }) => String(port) === remote || name === remote)
    if (found !== undefined) return portOfPod(pod, String(found.targetPort ?? found.port))
    throw new CommandFailure(
      `service ${named.name} has no port ${remote}: choose one of ${ports.map(({ port }) => port).join(', ')}`,
    )
  }
}

interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
}

function portOfPod({ metadata, spec }: Pod, remote: string): number {
  if (/^\d+$/.test(remote)) return Number(remote)
  const ports = (spec?.containers ?? []).flatMap(({ ports: own = [] }: Container) => own)
  const found = ports.find(({ name }) => name === remote)
  if (found !== undefined) return found.containerPort
  throw new CommandFailure(`pod ${metadata.name} has no port named ${remote}: say its number`)
}
