/**
 * What somebody outside sees of a cluster: pods and nodes as its API tells them, and the Service as a client meets it.
 *
 * @module
 */
import { request } from 'node:http'
import type { ProcessNode } from './process-cluster.ts'

export interface Condition {
  type: string
  status: string
}

export interface SeenPod {
  metadata: { name: string; uid: string }
  spec: { nodeName: string; containers?: { image: string }[] }
  status: { phase: string; podIP?: string; conditions?: Condition[]; containerStatuses?: { restartCount: number }[] }
}

export async function podsOf(node: ProcessNode, app: string): Promise<SeenPod[]> {
  return (await node.ok<{ items: SeenPod[] }>('GET', `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`))
    .items
}

export async function readyPodsOf(node: ProcessNode, app: string): Promise<SeenPod[]> {
  return (await podsOf(node, app)).filter(({ status }) => isReady(status.conditions))
}

/** Whether `observer` takes the node of this name for ready. */
export async function isNodeReady(observer: ProcessNode, name: string): Promise<boolean> {
  const { status } = await observer.ok<{ status: { conditions?: Condition[] } }>('GET', `/api/v1/nodes/${name}`)
  return isReady(status.conditions)
}

export function isReady(conditions: Condition[] | undefined): boolean {
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}

/** One request on a connection of its own. Rejects on anything but an answer with status 200. */
export function fetchText({
  host,
  port,
  timeoutMs = 3_000,
}: {
  host: string
  port: number
  timeoutMs?: number
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => (text += part))
      incoming.on('end', () =>
        incoming.statusCode === 200 ? resolve(text) : reject(new Error(`status ${incoming.statusCode}`)),
      )
      incoming.on('error', reject)
    })
    // For all of it: one that trickles has failed as well.
    const late = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`))
      outgoing.destroy()
    }, timeoutMs)
    outgoing.on('close', () => clearTimeout(late))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Steady requests to several nodes' service port in turn, counted. */
export class Load {
  readonly #timer: NodeJS.Timeout
  readonly #pending = new Set<Promise<void>>()
  readonly #failures: { readonly startMs: number; readonly why: string }[] = []
  #sent = 0

  constructor({ nodes, port, perSecond }: { nodes: readonly ProcessNode[]; port: number; perSecond: number }) {
    this.#timer = setInterval(() => this.#send(nodes[this.#sent % nodes.length] as ProcessNode, port), 1000 / perSecond)
  }

  /** Requests that failed: when they were begun, by `performance.now()`, and why. */
  async stop(): Promise<{ sent: number; failures: readonly { startMs: number; why: string }[] }> {
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
    return { sent: this.#sent, failures: this.#failures }
  }

  #send({ hostAddress }: ProcessNode, port: number): void {
    this.#sent += 1
    const startMs = performance.now()
    const one = fetchText({ host: hostAddress, port }).then(
      () => {},
      (error: unknown) => void this.#failures.push({ startMs, why: String(error) }),
    )
    this.#pending.add(one)
    void one.finally(() => this.#pending.delete(one))
  }
}
