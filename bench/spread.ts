/**
 * How soon a change is seen on all of ten node processes.
 *
 * A field of a Deployment without replicas is changed on one node after another; every node's watch says when it sees it. The
 * floor is the round trip of the same request to the node that takes the write.
 *
 * @module
 */
import { request } from 'node:http'
import { parseArgs } from 'node:util'
import { ProcessCluster, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { median, percentile, printFigures } from './figures.ts'

const PATH = '/apis/apps/v1/namespaces/default/deployments'
const SEEN_MS_MAX = 20_000

const { values: options } = parseArgs({
  options: { nodes: { type: 'string', default: '10' }, writes: { type: 'string', default: '100' } },
})

/** Tells when a node shows a value of the annotation `bench`. */
class Watcher {
  readonly #seen = new Map<string, () => void>()
  readonly #close: () => void

  constructor(node: ProcessNode) {
    const outgoing = request({ socketPath: node.socket, path: `${PATH}?watch=true`, agent: false }, (incoming) => {
      let rest = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        const lines = (rest + part).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#heard(line)
      })
    })
    outgoing.on('error', () => {})
    outgoing.end()
    this.#close = () => outgoing.destroy()
  }

  sees(value: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`value ${value} was not seen within ${SEEN_MS_MAX} ms`)),
        SEEN_MS_MAX,
      )
      this.#seen.set(value, () => {
        clearTimeout(timer)
        resolve(performance.now())
      })
    })
  }

  close(): void {
    this.#close()
  }

  #heard(line: string): void {
    if (line === '') return
    const { object } = JSON.parse(line) as { object: { metadata: { annotations?: Record<string, string> } } }
    this.#seen.get(object.metadata.annotations?.['bench'] ?? '')?.()
  }
}

async function main(): Promise<void> {
  const cluster = await ProcessCluster.start(Number(options.nodes), { runtime: 'process' })
  const watchers = cluster.nodes.map((node) => new Watcher(node))
  try {
    const labels = { app: 'bench' }
    const containers = [{ name: 'main', image: 'none', command: ['true'] }]
    const spec = {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    }
    await cluster.nodes[0]!.ok('POST', PATH, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'bench' },
      spec,
    })
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const allSeenMs: number[] = []
    const answeredMs: number[] = []
    for (let write = 0; write < Number(options.writes); write += 1) {
      const value = `write-${write}`
      const sightings = Promise.all(watchers.map((watcher) => watcher.sees(value)))
      const startMs = performance.now()
      const patch = { metadata: { annotations: { bench: value } } }
      await cluster.nodes[write % cluster.nodes.length]!.ok(
        'PATCH',
        `${PATH}/bench`,
        patch,
        'application/merge-patch+json',
      )
      answeredMs.push(performance.now() - startMs)
      allSeenMs.push(Math.max(...(await sightings)) - startMs)
    }
    printFigures(
      `${allSeenMs.length} changes on ${cluster.nodes.length} node processes, from the request to the last node's watch`,
      [
        { figure: 'spread_p50', value: median(allSeenMs), unit: 'ms', better: 'lower' },
        {
          figure: 'spread_p99',
          value: percentile(allSeenMs, 0.99),
          unit: 'ms',
          better: 'lower',
          goal: 300,
          floor: percentile(answeredMs, 0.01),
        },
        { figure: 'write_answered_p50', value: median(answeredMs), unit: 'ms', better: 'lower' },
        { figure: 'write_answered_p99', value: percentile(answeredMs, 0.99), unit: 'ms', better: 'lower' },
      ],
    )
  } finally {
    for (const watcher of watchers) watcher.close()
    await cluster.stop()
  }
}

await main()
