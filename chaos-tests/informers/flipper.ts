/**
 * A door for clients that leads to one node or another: a TCP proxy before the nodes' sockets. When it is turned, connections that
 * are open are cut, or go on where they led.
 *
 * @module
 */
import { Agent, request } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Heard, Way } from './reflector.ts'

export class Flipper implements Way {
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #open = new Set<Socket>()
  #target: string

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((incoming) => this.#lead(incoming))
  }

  static async start(target: string): Promise<Flipper> {
    const flipper = new Flipper(target)
    await new Promise<void>((resolve) => flipper.#server.listen(0, '127.0.0.1', resolve))
    return flipper
  }

  turn(target: string, { cuts }: { cuts: boolean }): void {
    this.#target = target
    if (cuts) for (const socket of this.#open) socket.destroy()
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    this.#agent.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #lead(incoming: Socket): void {
    const outgoing = connect(this.#target)
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      this.#open.add(one)
      one.on('error', () => {})
      one.once('close', () => {
        this.#open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }

  get(path: string): Promise<Heard> {
    let text = ''
    return this.#ask(path, (part) => (text += part)).then((status) => ({ status, body: JSON.parse(text) as unknown }))
  }

  async watch(path: string, onLine: (line: string) => void): Promise<Heard> {
    let rest = ''
    let text = ''
    const status = await this.#ask(path, (part, status) => {
      text += status === 200 ? '' : part
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      if (status === 200) for (const line of lines) onLine(line)
    })
    return { status, body: text }
  }

  pause(ms: number): Promise<void> {
    return delay(ms)
  }

  /** Resolves with the status at the end, also where what came was cut: a watch has no other. */
  #ask(path: string, onPart: (part: string, status: number) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const address = this.#server.address() as { port: number }
      const outgoing = request({ host: '127.0.0.1', port: address.port, path, agent: this.#agent }, (incoming) => {
        const status = incoming.statusCode ?? 0
        incoming.setEncoding('utf8')
        incoming.on('data', (part: string) => {
          try {
            onPart(part, status)
          } catch (error) {
            outgoing.destroy()
            reject(error)
          }
        })
        incoming.once('close', () => {
          if (incoming.complete || path.includes('watch=true')) resolve(status)
          else reject(new Error('the answer was cut'))
        })
        incoming.on('error', () => {})
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
  }
}
