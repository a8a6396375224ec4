/**
 * An address of its own for each pod of the process runtime, so that ten pods may all listen on 8080: one of 127.64.0.0/10,
 * chosen by the hash of the pod's uid. Linux answers on all of 127.0.0.0/8 without any being configured.
 *
 * @module
 */
import { createServer } from 'node:net'
import { sha256 } from '../../crdt/index.ts'
import { RuntimeError } from './runtime.ts'

/**
 * [PROC4] The first address of the uid's sequence that no other pod here has. 4 million addresses make a second try rare.
 *
 * Never ends in 0 or 255: some programs take those for networks and broadcasts.
 */
export function loopbackAddress(uid: string, isTaken: (address: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const hash = sha256(`${uid}/${attempt}`)
    const [a, b, c] = hash as unknown as [number, number, number]
    const address = `127.${64 + (a % 64)}.${b}.${1 + (c % 254)}`
    if (!isTaken(address)) return address
  }
}

/** [PROC5] Rejects with `port-in-use` where something else listens already: a server on 0.0.0.0 also takes our addresses. */
export async function assertPortsFree(address: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const trouble = await tryListening(address, port)
    if (trouble === 'EADDRINUSE') {
      const sentence = `port ${port} on ${address} is in use: something on this machine listens on it or on 0.0.0.0:${port}`
      throw new RuntimeError('port-in-use', `${sentence}; stop it or choose another containerPort`)
    }
    if (trouble !== undefined) throw new RuntimeError('failed', `cannot listen on ${address}:${port}: ${trouble}`)
  }
}

function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}
