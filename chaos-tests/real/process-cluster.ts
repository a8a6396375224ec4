/**
 * A cluster of real node processes on this machine: each with its own data directory, API socket and host address, libp2p over
 * TCP between them: on loopback, or each in a network namespace of its own (`lab.ts`). What the demo, the benchmarks and the
 * tests on real parts stand on.
 *
 * Everything it starts it ends, by pid: agents, and pods with them, wherever a test stopped.
 *
 * @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync } from 'node:fs'
import { readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../cli/node-process.ts'
import { machineName } from '../cluster.ts'
import type { ClockFaults } from '../sim/sim-clock.ts'
import type { Lab, LabMachine } from './lab.ts'
import { agentGroup, limitCpu } from './machine-groups.ts'
import { MachineClock, removeShared } from './machine-clock.ts'
import { stretched } from './patience.ts'
import { killQuietly, removeGroups, until } from './remains.ts'

const READY_MS_MAX = 20_000
const REQUEST_MS_MAX = 30_000
/** Between looks at a fact that a test waits for. */
const POLL_MS = 20

export interface ClusterOptions {
  readonly runtime: 'process' | 'docker'
  readonly dockerHost?: string
  /** An engine for each machine of the lab, which is the caller's to stop. */
  readonly engineAt?: (machine: LabMachine) => Promise<{ readonly socket: string }>
  /** Kept when the cluster stops; absent: a temporary directory that goes with it. */
  readonly directory?: string
  /** First of the loopback host addresses: 127.0.`block`.1 and on. Clusters that run at once need different ones. */
  readonly block?: number
  /** Told of each node before it is started: its machine is there. */
  readonly onAdded?: (node: ProcessNode) => void
  /** Told of each node when it answers. */
  readonly onStarted?: (node: ProcessNode) => void
  /** Each node on a machine of its own. Absent: all on loopback. */
  readonly lab?: Lab
  /** Each data directory is a disk of its own of so many MB (root). Absent: they share the machine's. */
  readonly diskMb?: number
  /** Each node has a wall clock of its own, that can be set; how those of the first ones are wrong. Absent: they have the machine's. */
  readonly clocks?: readonly ClockFaults[]
  readonly logLevel?: string
  /** The directory of the build that nodes begin with. Absent: this repository. */
  readonly build?: string
  /** As `--rebalance` takes it. Absent: nothing is moved under a test that looks at something else. */
  readonly rebalance?: string
  /** Whether nodes have a door over TLS, at port 6443 of their host addresses. Absent: they have none. */
  readonly apiTls?: boolean
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** What was killed is gone in a blink. */
const END_MS_MAX = 10_000
/** Each takes a tenth of a second or more. */
const KILL_TRIES_MAX = 20

/** Takes the place of what is free on a disk of its own. */
const BALLAST = 'ballast'

export class ProcessNode {
  /** Of its machine. */
  readonly name: string
  /** As a member, which another one with a new disk is. */
  memberName: string
  readonly dataDir: string
  readonly socket: string
  readonly hostAddress: string
  readonly logFile: string
  /** Where it runs, in a lab. */
  readonly machine: LabMachine | undefined
  /** Of the build that its next start is of. */
  build: string
  /** Where it has one of its own. */
  readonly clock: MachineClock | undefined
  readonly #options: ClusterOptions
  #child: ChildProcess | undefined

  constructor(input: {
    name: string
    directory: string
    hostAddress: string
    machine: LabMachine | undefined
    clock: MachineClock | undefined
    options: ClusterOptions
  }) {
    this.name = input.name
    this.memberName = input.name
    this.machine = input.machine
    this.clock = input.clock
    this.dataDir = join(input.directory, input.name)
    // Unix socket paths are short (108 bytes), so it lies beside the data directory.
    this.socket = join(input.directory, `${input.name}.sock`)
    this.logFile = join(input.directory, `${input.name}.log`)
    this.hostAddress = input.hostAddress
    this.build = input.options.build ?? REPOSITORY
    this.#options = input.options
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error(`${this.name} is not running`)
    return pid
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts the agent and waits until its API answers. */
  async start(ticket?: string, listen = `${this.hostAddress}:0`): Promise<void> {
    this.#mountDisk()
    const { runtime, logLevel = 'info', rebalance = 'off', apiTls = false } = this.#options
    const dockerHost = this.ownEngine ?? this.#options.dockerHost
    const verb = ticket === undefined ? ['up'] : ['join', ticket]
    const flags = [
      '--foreground',
      '--name',
      this.memberName,
      '--data-dir',
      this.dataDir,
      '--api-socket',
      this.socket,
      '--api',
      'none',
    ]
    const more = ['--listen', listen, '--host-address', this.hostAddress, '--runtime', runtime, '--log-level', logLevel]
    const docker = dockerHost === undefined ? [] : ['--docker-host', dockerHost]
    const calm = ['--rebalance', rebalance, '--api-tls', apiTls ? `${this.hostAddress}:6443` : 'off']
    const log = openSync(this.logFile, 'a')
    const words = [process.execPath, ...NODE_FLAGS, 'dist/shoal.js', ...verb, ...flags, ...more, ...docker, ...calm]
    // nsenter replaces itself by the program, so its pid is the agent's.
    const [program, ...args] =
      this.machine === undefined ? words : ['nsenter', `--net=/run/netns/${this.machine.namespace}`, ...words]
    const child = spawn(program as string, args, {
      cwd: this.build,
      stdio: ['ignore', log, log],
      env: { ...NODE_ENVIRONMENT, ...process.env, ...this.clock?.environment },
    })
    this.#child = child
    if (this.clock !== undefined) {
      this.#options.lab?.keepsClockOf(child.pid!)
      child.once('exit', () => removeShared(child.pid!))
    }
    closeSync(log)
    await this.waitReady()
  }

  /** Once. What is on it outlives the agent, as a disk does. */
  #mountDisk(): void {
    const { diskMb } = this.#options
    if (diskMb === undefined || existsSync(this.dataDir)) return
    mkdirSync(this.dataDir, { mode: 0o700 })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=0700`, 'shoal-disk', this.dataDir])
  }

  unmountDisk(): void {
    if (this.#options.diskMb !== undefined && existsSync(this.dataDir)) execFileSync('umount', ['-l', this.dataDir])
  }

  /** A disk of its own is full, or has room again. */
  fillDisk(isFull: boolean): void {
    const ballast = join(this.dataDir, BALLAST)
    if (!isFull) return rmSync(ballast, { force: true })
    const file = openSync(ballast, 'w')
    try {
      for (const block = Buffer.alloc(64 * 1024); ;) writeSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }

  /** Its disk is a new one: it is nobody, until it joins. */
  wipe(memberName: string): void {
    for (const name of readdirSync(this.dataDir)) rmSync(join(this.dataDir, name), { recursive: true, force: true })
    this.memberName = memberName
  }

  /** Joins anew, on the address that it had. */
  async joinAnew(ticket: string): Promise<void> {
    await this.start(ticket, `${this.hostAddress}:${this.listenPort ?? 0}`)
    this.nodeId = (await this.ok<{ node: string }>('GET', '/shoal/v1/info')).node
  }

  /** Starts again from its data directory, on the address it had: what others remember of it stays true. */
  async restart(): Promise<void> {
    await this.start(undefined, `${this.hostAddress}:${this.listenPort ?? 0}`)
  }

  async waitReady(): Promise<void> {
    await waitFor(`${this.name} to answer`, stretched(READY_MS_MAX), async () => {
      if (!this.isRunning) throw new Error(`${this.name} ended while starting:\n${this.logTail()}`)
      return existsSync(this.socket) && (await this.api('GET', '/livez').catch(() => undefined))?.status === 200
    })
  }

  /** Its agent gets that share of a core, until it ends; undefined: as much as it wants. On a machine of a lab. */
  share(share: number | undefined): void {
    limitCpu(agentGroup(this.machine!), this.pid, share)
  }

  /** Kills the agent alone: its pods run on. */
  async killAgent(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  /** Tells the agent alone to end, as a service manager does. One that does not is killed, and its fault told. */
  async stopAgent(withinMs: number): Promise<void> {
    const late = setTimeout(() => void this.killAgent(), withinMs)
    const child = this.#child
    await this.killAgent('SIGTERM')
    clearTimeout(late)
    if (child?.signalCode === 'SIGKILL') throw new Error(`${this.name} did not end within ${withinMs} ms of SIGTERM`)
  }

  /** Pids of what the pods of this node run as, where they are processes: their environment names the data directory. */
  podPids(): number[] {
    return podPidsBelow(join(this.dataDir, 'processes'))
  }

  /** As if the machine lost power: agent and pods at once. An engine of its own is whoever started it's to crash. */
  async killAll(): Promise<void> {
    const pods = this.#options.runtime === 'process' ? this.podPids() : []
    const agent = this.killAgent()
    for (const pid of pods) killQuietly(pid)
    if (this.#options.runtime === 'docker' && this.ownEngine === undefined) this.#killContainers()
    await agent
  }

  /** Of processes that are ending. */
  async removeGroup(): Promise<void> {
    const { machine } = this
    if (machine === undefined) return
    const isGone = (): boolean => {
      try {
        removeGroups(agentGroup(machine))
        return true
      } catch {
        return false
      }
    }
    if (!(await until(isGone, END_MS_MAX))) throw new Error(`what ran in ${agentGroup(machine)} does not end`)
  }

  #containers(which: '-q' | '-aq'): string[] {
    const identity = this.nodeId
    if (identity === undefined) return []
    return docker(this.#options.dockerHost, ['ps', which, '--filter', `label=shoal.dev/node=${identity}`])
  }

  /** One that ends while it is listed is no failure, nor one that has been killed and is listed still. */
  #killContainers(): void {
    let failure: unknown
    for (let tries = 0; tries < KILL_TRIES_MAX; tries += 1) {
      const ids = this.#containers('-q')
      if (ids.length === 0) return
      try {
        docker(this.#options.dockerHost, ['kill', ...ids])
        return
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  removeContainers(): void {
    if (this.#options.runtime !== 'docker' || this.ownEngine !== undefined) return
    const ids = this.#containers('-aq')
    if (ids.length > 0) docker(this.#options.dockerHost, ['rm', '-f', ...ids])
  }

  /** Of a machine with an engine of its own: its place. */
  ownEngine: string | undefined
  /** Known once it has answered. */
  nodeId: string | undefined
  listenPort: number | undefined

  /** Asks the API on the unix socket. */
  api(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
    {
      headers = {},
      timeoutMs = REQUEST_MS_MAX,
    }: { headers?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
  ): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: this.socket,
          method,
          path,
          headers: { ...headers, 'content-type': contentType, connection: 'close' },
          timeout: timeoutMs,
        },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: parseBody(text) })
          })
          incoming.on('error', reject)
        },
      )
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${this.name} did not answer ${method} ${path} within ${timeoutMs} ms`)),
      )
      // The code stays; what was asked is told beside it.
      outgoing.on('error', (error) => reject(Object.assign(error, { message: `${method} ${path}: ${error.message}` })))
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** As `api`, but anything except success is an error. */
  async ok<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<T> {
    const answer = await this.api(method, path, body, contentType)
    if (answer.status >= 300)
      throw new Error(`${this.name}: ${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }

  /** Runs the CLI against this node. */
  shoal(...words: string[]): string {
    const env = { ...process.env, NO_COLOR: '1' }
    return execFileSync(process.execPath, ['dist/shoal.js', ...words, '--node', this.socket], {
      cwd: REPOSITORY,
      encoding: 'utf8',
      env,
    })
  }

  logTail(lines = 30): string {
    if (!existsSync(this.logFile)) return '(no log)'
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }
}

export class ProcessCluster {
  readonly nodes: ProcessNode[] = []
  readonly directory: string
  readonly #options: ClusterOptions
  readonly #isTemporary: boolean

  private constructor(options: ClusterOptions) {
    this.#options = options
    this.#isTemporary = options.directory === undefined
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'shoal-'))
  }

  /** `size` nodes, joined by tickets to the first. Stops what it started when it fails half way. */
  static async start(size: number, options: ClusterOptions): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(options)
    try {
      const first = await cluster.addNode()
      const others = Array.from({ length: size - 1 }, () => cluster.addNode(first))
      await Promise.all(others)
      await cluster.waitAllSeeAll()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  /** Starts one more node: a new cluster, or joined through `via`. */
  async addNode(via?: ProcessNode): Promise<ProcessNode> {
    const index = this.nodes.length
    const name = machineName(index)
    const { lab, clocks } = this.#options
    const machine = lab?.add()
    const node = new ProcessNode({
      name,
      directory: this.directory,
      hostAddress: machine?.address ?? `127.0.${this.#options.block ?? 77}.${index + 1}`,
      machine,
      clock: clocks && new MachineClock(join(this.directory, `${name}.clock`), clocks[index]),
      options: this.#options,
    })
    this.nodes.push(node)
    this.#options.onAdded?.(node)
    const engine = machine && (await this.#options.engineAt?.(machine))
    node.ownEngine = engine && `unix://${engine.socket}`
    await node.start(via === undefined ? undefined : await ticketOf(via))
    const info = await node.ok<{ node: string; addresses: string[] }>('GET', '/shoal/v1/info')
    node.nodeId = info.node
    node.listenPort = Number(/\/tcp\/(\d+)/.exec(info.addresses[0] ?? '')?.[1])
    this.#options.onStarted?.(node)
    return node
  }

  get running(): ProcessNode[] {
    return this.nodes.filter((node) => node.isRunning)
  }

  async waitAllSeeAll(): Promise<void> {
    const { running } = this
    await waitFor(`${running.length} nodes to see each other`, stretched(READY_MS_MAX), async () => {
      const counts = await Promise.all(running.map(async (node) => (await readyNodes(node)).length))
      return counts.every((count) => count >= running.length)
    })
  }

  /** Ends agents and pods and removes the directory (unless it was given). */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.killAgent()))
    for (const node of this.nodes) {
      for (const pid of node.podPids()) killQuietly(pid)
      node.removeContainers()
      node.unmountDisk()
    }
    await Promise.all(this.nodes.map((node) => node.removeGroup()))
    if (!this.#isTemporary) return
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

const REPOSITORY = join(import.meta.dirname, '..', '..')

export async function ticketOf(node: ProcessNode): Promise<string> {
  const { joins } = await node.ok<{ joins: string[] }>('POST', '/shoal/v1/token?ttlSeconds=600')
  const join = joins[0]
  if (join === undefined) throw new Error(`${node.name} made a ticket without an address`)
  return join
}

async function readyNodes(node: ProcessNode): Promise<string[]> {
  const { items } = await node.ok<{ items: KubeNode[] }>('GET', '/api/v1/nodes')
  return items.flatMap(({ metadata, status }) =>
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
      ? [metadata.name]
      : [],
  )
}

interface KubeNode {
  metadata: { name: string }
  status: { conditions?: { type: string; status: string }[] }
}

/** Looks again and again until it holds; the error says what was waited for. */
export async function waitFor(
  what: string,
  withinMs: number,
  holds: () => Promise<boolean> | boolean,
): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    if (await holds()) return performance.now() - startMs
    if (performance.now() - startMs > withinMs) throw new Error(`waited ${withinMs} ms for ${what}`)
    await delay(POLL_MS)
  }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Pids of all processes that belong to pods whose state lies below this directory. */
function podPidsBelow(directory: string): number[] {
  const marker = `SHOAL_RUN=${directory}/`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1').includes(marker) ? [Number(name)] : []
      } catch {
        return []
      }
    })
}

export function docker(host: string | undefined, words: readonly string[]): string[] {
  const to = host === undefined ? [] : ['-H', host]
  return execFileSync('docker', [...to, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter((line) => line !== '')
}
