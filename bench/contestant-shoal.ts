/**
 * Shoal, one node on each machine, asked by its API.
 *
 * @module
 */
import { isNodeReady } from '../chaos-tests/real/observe.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../chaos-tests/real/process-cluster.ts'
import { MACHINES, WAIT_MS, type Contestant, type Work } from './contestant.ts'
import { Machines } from './machines.ts'

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const SERVICES = '/api/v1/namespaces/default/services'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const NODE_PORT = 30_090
const AT_A_TIME = 3
const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }

export class ShoalContestant implements Contestant {
  readonly name = 'shoal'
  readonly machines: Machines
  readonly joins: number[] = []
  readonly #cluster: ProcessCluster
  #door = 0

  private constructor(machines: Machines, cluster: ProcessCluster) {
    this.machines = machines
    this.#cluster = cluster
  }

  static async start(): Promise<ShoalContestant> {
    const machines = new Machines()
    try {
      let engineMs = 0
      const cluster = await ProcessCluster.start(1, {
        runtime: 'docker',
        lab: machines.lab,
        directory: machines.directory,
        engineAt: async (machine) => {
          const engine = await machines.addEngine(machine)
          engineMs = performance.now()
          return engine
        },
      })
      const shoal = new ShoalContestant(machines, cluster)
      while (cluster.nodes.length < MACHINES) {
        await cluster.addNode(cluster.nodes[0])
        await cluster.waitAllSeeAll()
        shoal.joins.push((performance.now() - engineMs) / 1_000)
      }
      return shoal
    } catch (error) {
      await machines.stop()
      throw error
    }
  }

  async deploy({ name, replicas, image, command, graceSeconds }: Work, by = this.#door): Promise<void> {
    const labels = { app: name }
    // A sleeper is there when it runs; a web server when it answers.
    const probe = command === undefined ? { readinessProbe } : { command }
    const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent', ...probe }
    await this.#node(by).ok('POST', DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxSurge: AT_A_TIME, maxUnavailable: 0 } },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: graceSeconds, containers: [container] },
        },
      },
    })
  }

  async scale(name: string, replicas: number): Promise<void> {
    await this.#node().ok('PATCH', `${DEPLOYMENTS}/${name}`, { spec: { replicas } }, MERGE)
  }

  async update(name: string, image: string): Promise<void> {
    const patch = { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } }
    await this.#node().ok('PATCH', `${DEPLOYMENTS}/${name}`, patch, STRATEGIC)
  }

  async remove(name: string): Promise<void> {
    await this.#node().ok('DELETE', `${DEPLOYMENTS}/${name}`)
  }

  /** Nobody leads. */
  async leader(): Promise<undefined> {}

  async cut(index: number): Promise<void> {
    this.machines.unplug(index)
    this.machines.engines[index]!.crash()
    await this.#node(index).killAll()
    this.#door = this.machines.others(index)[0]!
  }

  async bringBack(index: number): Promise<void> {
    const node = this.#node(index)
    this.machines.plug(index)
    if (!node.isRunning) {
      await this.machines.engines[index]!.restart()
      await node.restart()
    }
    await waitFor('all nodes to be ready in the eyes of all', WAIT_MS, async () => {
      const { nodes } = this.#cluster
      const seen = await Promise.all(nodes.flatMap((one) => nodes.map(({ name }) => isNodeReady(one, name))))
      return seen.every(Boolean)
    })
  }

  async openDoors(name: string): Promise<readonly string[]> {
    await this.#node().ok('POST', SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80, nodePort: NODE_PORT }] },
    })
    return this.#cluster.nodes.map(({ hostAddress }) => `${hostAddress}:${NODE_PORT}`)
  }

  agentPids(): readonly number[] {
    return this.#cluster.nodes.map(({ pid }) => pid)
  }

  async stop(): Promise<void> {
    await this.#cluster.stop()
    await this.machines.stop()
  }

  #node(index = this.#door): ProcessNode {
    return this.#cluster.nodes[index]!
  }
}
