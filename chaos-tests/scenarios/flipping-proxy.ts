/**
 * A port behind which stands one node or another, as a load balancer would have it: what makes a client change nodes.
 *
 * @module
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

const DOOR = 6443

export class FlippingProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: string

  constructor(target: string) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on another node; who is connected is cut off. */
  flip(target: string): void {
    this.#target = target
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket): void {
    const node = connect(DOOR, this.#target)
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }
}
