/**
 * Where manifests are applied to see what they do: an engine of its own, three nodes on it, a namespace for each test. What is
 * asked and told goes through the command line and the API, as a user has them.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ask, startEngine, type TestEngine } from '../real/engine.ts'
import { fetchText, type Condition } from '../real/observe.ts'
import { stretched } from '../real/patience.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { NAMESPACES, namespaceNamed } from './manifests.ts'
import { REPOSITORY, shoal } from './shoal.ts'

/** A pod's start and its way out, on a loaded machine. */
export const SOON_MS = 40_000

export interface Container {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state: {
    readonly running?: { readonly startedAt: string }
    readonly terminated?: { readonly exitCode: number; readonly finishedAt: string; readonly message?: string }
  }
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Record<string, string> }
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly hostIP?: string
    readonly conditions?: readonly (Condition & { readonly lastTransitionTime: string })[]
    readonly containerStatuses?: readonly Container[]
    readonly initContainerStatuses?: readonly Container[]
  }
}

export interface RigOptions {
  /** As of `ProcessCluster`. */
  readonly block: number
  /** First part of the names of the namespaces. */
  readonly name: string
  /** Loads what the manifests name. */
  readonly makeImages: (socket: string) => Promise<void>
}

export class ManifestRig {
  readonly engine: TestEngine
  readonly cluster: ProcessCluster
  readonly #name: string
  #spaces = 0

  private constructor(parts: { engine: TestEngine; cluster: ProcessCluster; name: string }) {
    this.engine = parts.engine
    this.cluster = parts.cluster
    this.#name = parts.name
  }

  static async start({ block, name, makeImages }: RigOptions): Promise<ManifestRig> {
    const engine = await startEngine({ dir: mkdtempSync(join(tmpdir(), `shoal-${name}-`)) })
    try {
      await makeImages(engine.socket)
      const dockerHost = `unix://${engine.socket}`
      const cluster = await ProcessCluster.start(3, { runtime: 'docker', dockerHost, block })
      return new ManifestRig({ engine, cluster, name })
    } catch (error) {
      await engine.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.cluster.stop()
    await this.engine.stop()
  }

  /** Whom tests ask. */
  get node(): ProcessNode {
    return this.cluster.nodes[0]!
  }

  /** A namespace of its own for each test. */
  async space(name = `${this.#name}-${(this.#spaces += 1)}`): Promise<string> {
    await this.node.ok('POST', NAMESPACES, namespaceNamed(name))
    return name
  }

  /** Files, as a user would, at a node that differs from test to test; it waits until what it wrote is ready. */
  async apply(namespace: string, ...files: string[]): Promise<void> {
    await this.#apply(namespace, { words: files.flatMap((file) => ['-f', file]) })
  }

  /** As `apply`, but of the standard input. */
  async applyText(namespace: string, input: string): Promise<void> {
    await this.#apply(namespace, { words: ['-f', '-'], input })
  }

  async #apply(namespace: string, { words, input }: { words: readonly string[]; input?: string }): Promise<void> {
    const via = this.cluster.nodes[this.#spaces % 3]!
    const given = { node: via.socket, ...(input === undefined ? {} : { input }) }
    const { code, stderr } = await shoal(['apply', ...words, '-n', namespace], given)
    expect(code, stderr).toBe(0)
  }

  async pods(namespace: string): Promise<Pod[]> {
    return (await this.node.ok<{ items: Pod[] }>('GET', `${NAMESPACES}/${namespace}/pods`)).items
  }

  /** Once there are so many, all of them running. */
  async untilRunning(namespace: string, count = 1): Promise<Pod[]> {
    await waitFor(`${count} pods to run in ${namespace}`, stretched(SOON_MS), async () => {
      const all = await this.pods(namespace)
      return all.length === count && all.every(isRunning)
    })
    return this.pods(namespace)
  }

  /** Once it looks so. */
  async untilPod(namespace: string, name: string, looks: (pod: Pod) => boolean, withinMs = SOON_MS): Promise<Pod> {
    let last: Pod | undefined
    await waitFor(`${name} to be as expected`, stretched(withinMs), async () => {
      last = (await this.pods(namespace)).find(({ metadata }) => metadata.name === name)
      return last !== undefined && looks(last)
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(last?.status)}`, { cause: error })
    })
    return last!
  }

  untilPhase(namespace: string, name: string, phase: string): Promise<Pod> {
    return this.untilPod(namespace, name, ({ status }) => status.phase === phase)
  }

  /** On a busy machine an engine writes the last lines down after it has told of the end. */
  async untilLogged(
    namespace: string,
    pod: string,
    line: RegExp,
    { withinMs = 10_000, container }: { withinMs?: number; container?: string } = {},
  ): Promise<void> {
    let last = ''
    await waitFor(`${String(line)} in the log of ${pod}`, stretched(withinMs), async () => {
      last = await this.logOf(namespace, pod, container)
      return line.test(last)
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says ${last}`, { cause: error })
    })
  }

  /** Of one that has not started it is what the node says of that. */
  async logOf(namespace: string, pod: string, container?: string): Promise<string> {
    const query = container === undefined ? '' : `?container=${container}`
    const { body } = await this.node.api('GET', `${NAMESPACES}/${namespace}/pods/${pod}/log${query}`)
    return typeof body === 'string' ? body : JSON.stringify(body)
  }

  /** What a command in a pod of one container says, which has to succeed. */
  run(namespace: string, pod: string, ...command: string[]): Promise<string> {
    return this.runIn({ namespace, pod }, ...command)
  }

  /** As `run`, in the container that is named. */
  async runIn(
    { namespace, pod, container }: { namespace: string; pod: string; container?: string },
    ...command: string[]
  ): Promise<string> {
    const words = ['exec', pod, '-n', namespace, ...inContainer(container), '--node', this.node.socket]
    const { code, stdout, stderr } = await shoal([...words, '--', ...command])
    expect(code, stderr).toBe(0)
    return stdout
  }

  /** Reads on in the log of a pod until that is gone. */
  follow(namespace: string, pod: string): { said: () => string; ended: Promise<unknown> } {
    const words = ['logs', '-f', pod, '--no-prefix', '-n', namespace, '--node', this.node.socket]
    const child = spawn(process.execPath, ['dist/shoal.js', ...words], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
    const ended = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
    return { said: () => text, ended }
  }

  /** What the engine was told of the container that runs for this one. */
  async inspect(pod: Pod, container: string): Promise<{ HostConfig: Record<string, unknown>; Mounts: object[] }> {
    const list = await ask(this.engine.socket, 'GET', '/containers/json')
    const all = JSON.parse(list.body) as { Id: string; Names: string[] }[]
    const one = all.find(({ Names }) => Names.some((name) => name.includes(`_${container}_${pod.metadata.name}_`)))
    const names = all.flatMap(({ Names }) => Names)
    expect(one, names.join(' ')).toBeDefined()
    return JSON.parse((await ask(this.engine.socket, 'GET', `/containers/${one!.Id}/json`)).body)
  }
}

const inContainer = (name: string | undefined): string[] => (name === undefined ? [] : ['-c', name])

function isRunning({ status }: Pod): boolean {
  return (
    status.phase === 'Running' && status.containerStatuses?.every(({ state }) => state.running !== undefined) === true
  )
}

export function isReadyPod({ status }: Pod): boolean {
  return status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true
}

/** Of all its main containers. */
export function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0)
}

/** What it serves. */
export const get = (pod: Pod, port: number): Promise<string> => fetchText({ host: pod.status.podIP!, port })
