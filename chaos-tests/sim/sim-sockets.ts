/**
 * TCP of the simulated machines: services, pods and probes meet here. Loopback addresses (127.*) mean the own machine; every
 * other address belongs to the machine that has it.
 *
 * A pod listens on its own address as long as its container runs, and answers every request with a line of HTTP that names it.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Listening, Sockets, Timers } from '../../node/world/world.ts'
import type { Life } from './life.ts'
import type { SimTime } from './sim-time.ts'
import { streamPair } from './sim-stream.ts'
import type { Host, Wiring } from './wiring.ts'

type Accept = (connection: Duplex) => void

/** What listens on a machine besides its node: the pods, by the engine's word. */
export interface Pods {
  /** What serves that address, or undefined where nothing does. */
  serving(host: string, port: number): Accept | undefined
}

const FIRST_FREE_PORT = 32_768

export class SimInternet {
  readonly #time: SimTime
  readonly #wiring: Wiring
  readonly #machines = new Map<
    Host,
    { readonly address: string; readonly pods: Pods; readonly open: Map<string, Accept> }
  >()

  constructor(time: SimTime, wiring: Wiring) {
    this.#time = time
    this.#wiring = wiring
  }

  addMachine(host: Host, address: string, pods: Pods): void {
    this.#machines.set(host, { address, pods, open: new Map() })
  }

  socketsOf(host: Host, life: Life): Sockets {
    return {
      listen: async (address, onConnection) => this.#listen(host, life, address, onConnection),
      connect: (address) => life.answer(this.#connect(host, address, life)),
    }
  }

  /** As a client on that machine that is no node. */
  connectFrom(host: Host, address: { host: string; port: number; timeoutMs: number }): Promise<Duplex> {
    return this.#connect(host, address)
  }

  #listen(host: Host, life: Life, { host: on, port }: { host: string; port: number }, accept: Accept): Listening {
    const { open } = this.#machine(host)
    let free = FIRST_FREE_PORT
    while (port === 0 && open.has(`${on}:${free}`)) free += 1
    const bound = port === 0 ? free : port
    const place = `${on}:${bound}`
    if (open.has(place)) throw socketError('EADDRINUSE', `${place} is in use`)
    const enter: Accept = (connection) => {
      life.onEnd(() => connection.destroy())
      life.enter(() => accept(connection))
    }
    open.set(place, enter)
    const close = (): void => {
      if (open.get(place) === enter) open.delete(place)
    }
    const forget = life.onEnd(close)
    return {
      host: on,
      port: bound,
      async close() {
        forget()
        close()
      },
    }
  }

  #connect(from: Host, address: { host: string; port: number; timeoutMs: number }, life?: Life): Promise<Duplex> {
    const { host, port, timeoutMs } = address
    const to = this.#hostOf(from, host)
    return new Promise((resolve, reject) => {
      const silence = this.#time.after(timeoutMs, () =>
        reject(socketError('ETIMEDOUT', `no answer from ${host}:${port} within ${timeoutMs} ms`)),
      )
      if (to === undefined || this.#isSilent(from, to)) return
      this.#time.after(this.#wiring.roundTripMs(from, to), () => {
        if (this.#isSilent(from, to)) return
        silence()
        const accept = this.#serving(to, host, port)
        if (accept === undefined) return reject(socketError('ECONNREFUSED', `nothing listens at ${host}:${port}`))
        const [near, far] = streamPair(this.#wiring, from, to)
        life?.onEnd(() => near.destroy())
        accept(far)
        resolve(near)
      })
    })
  }

  #isSilent(from: Host, to: Host): boolean {
    return this.#wiring.isBlocked(from, to) || this.#wiring.isBlocked(to, from) || !this.#wiring.isUp(to)
  }

  #serving(machine: Host, host: string, port: number): Accept | undefined {
    const { open, pods } = this.#machine(machine)
    return open.get(`${host}:${port}`) ?? open.get(`0.0.0.0:${port}`) ?? pods.serving(host, port)
  }

  #hostOf(from: Host, address: string): Host | undefined {
    if (address.startsWith('127.') || address === 'localhost') return from
    for (const [host, machine] of this.#machines) if (machine.address === address) return host
    return undefined
  }

  #machine(host: Host): { readonly address: string; readonly pods: Pods; readonly open: Map<string, Accept> } {
    const machine = this.#machines.get(host)
    if (machine === undefined) throw new Error(`there is no machine ${host}`)
    return machine
  }
}

/** A pod is at work on an answer for so long: it may be told to stop meanwhile. */
const ANSWER_MS = 40

/** What a pod does with a connection: reads the head of a request, answers when it has worked, closes. One that has ended answers nobody. */
export function serveHttp(name: string, { timers, isAlive }: { timers: Timers; isAlive: () => boolean }): Accept {
  const body = `${name}\n`
  return (connection) => {
    connection.once('data', () =>
      timers.after(ANSWER_MS, () => {
        if (!isAlive()) return void connection.destroy()
        connection.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
      }),
    )
  }
}

function socketError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
