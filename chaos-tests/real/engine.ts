/**
 * A Docker engine of a test's own: started, broken, and surely ended, by process id.
 *
 * Each has its own bridge and address range and leaves the machine's iptables and forwarding alone, so any number of them run
 * side by side in one network namespace and their containers answer to every process here. (They reach one another's and the
 * world not at all, which no test wants.) If the test process dies, the kernel ends its engines.
 *
 * On a machine of a lab it runs in that machine's network namespace, and its containers outlive it as they do where
 * `live-restore` is on. What is left of such a one, whatever happens to the test, the lab's warden removes.
 *
 * @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { killDaemons, killRemains, removeRemains, until, type EnginePlace } from './remains.ts'

/** Ready in 0.3 to 0.5 s; a loaded machine takes more. */
const READY_MS_MAX = 30_000
/** After its containers are gone an engine ends in 0.2 s. */
const END_MS_MAX = 10_000
/** A free address range is found at once, unless hundreds of engines run. */
const RANGES_MAX = 20

export interface EngineOptions {
  /** An empty or new directory for all of the engine's files, removed by `stop`. */
  readonly dir: string
  /** Of a lab: where it is to run. */
  readonly machine?: { readonly namespace: string; readonly group: string }
  /** Whether containers outlive their engine. Default: on a machine of a lab. Swarm mode has no such thing. */
  readonly liveRestore?: boolean
}

/** Needs root. */
export async function startEngine(options: EngineOptions): Promise<TestEngine> {
  assertPossible()
  mkdirSync(options.dir, { recursive: true })
  const engine = new TestEngine(options)
  try {
    await engine.restart()
    return engine
  } catch (error) {
    await engine.stop()
    throw error
  }
}

export class TestEngine {
  readonly dir: string
  readonly socket: string
  /** Above the control groups of its containers. */
  readonly group: string
  readonly #options: EngineOptions
  readonly #bridge: string
  #child: ChildProcess | undefined
  #hasCrashed = false

  constructor(options: EngineOptions) {
    const { dir, machine } = options
    this.#options = options
    this.dir = dir
    this.socket = join(dir, 'docker.sock')
    this.#bridge = makeBridge(machine?.namespace)
    this.group = machine?.group ?? this.#bridge
  }

  /** Of dockerd. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** `kill -9` of the engine alone: where its containers outlive it they run on. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** It stands still: it takes connections and answers none. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** The death of its machine: engine, containers and all, at once, by SIGKILL. `stop` still cleans up. */
  crash(): void {
    this.#hasCrashed = true
    this.#child?.kill('SIGKILL')
    killRemains(this.#place)
  }

  /** The engine again, after it was killed, or after its machine was: then with nothing left of what lives in memory. */
  async restart(): Promise<void> {
    const { dir } = this
    this.#child?.kill('SIGKILL')
    const isClear = await until(() => this.#hasEnded && killDaemons(this.#place) === 0, END_MS_MAX)
    if (!isClear) throw new Error(`what ran of the engine in ${dir} does not end`)
    if (this.#hasCrashed) await this.#sweep()
    this.#hasCrashed = false
    // Left by the dead; their numbers may be others' by now, and are then taken for a daemon that runs.
    for (const file of ['docker.pid', 'exec/containerd/containerd.pid']) rmSync(join(dir, file), { force: true })
    const logFile = join(dir, 'engine.log')
    const child = this.#spawn(logFile)
    this.#child = child
    await untilReady(this.socket, child).catch((error: unknown) => {
      const said = readFileSync(logFile, 'utf8').split('\n').slice(-8).join('\n')
      throw new Error(`dockerd in ${dir} did not get ready: ${(error as Error).message}\n${said}`, { cause: error })
    })
  }

  /** Leaves no process, mount, bridge, control group or file: containers first (it waits 10 s for those deaf to SIGTERM). */
  async stop(): Promise<void> {
    this.thaw()
    await removeContainers(this.socket).catch(() => {})
    this.#child?.kill('SIGTERM')
    if (!(await until(() => this.#hasEnded, END_MS_MAX))) this.kill()
    await this.#sweep()
    execFileSync('ip', [...inNamespace(this.#options.machine?.namespace), 'link', 'delete', this.#bridge])
    rmSync(this.dir, { recursive: true, force: true })
  }

  get #place(): EnginePlace {
    return { dir: this.dir, group: this.group }
  }

  get #hasEnded(): boolean {
    const child = this.#child
    return child?.pid === undefined || child.exitCode !== null || child.signalCode !== null
  }

  async #sweep(): Promise<void> {
    await until(() => killRemains(this.#place) === 0, END_MS_MAX)
    removeRemains(this.#place)
    rmSync(join(this.dir, 'exec'), { recursive: true, force: true })
  }

  #spawn(logFile: string): ChildProcess {
    const { dir, socket } = this
    const { machine, liveRestore = machine !== undefined } = this.#options
    const words = [
      // Not `ip netns exec`, which hides the control groups. It replaces itself, so its pid is the engine's.
      machine === undefined ? [] : ['nsenter', `--net=/run/netns/${machine.namespace}`],
      ['dockerd', '--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
      ['--pidfile', join(dir, 'docker.pid'), '-H', `unix://${socket}`],
      ['--bridge', this.#bridge, '--cgroup-parent', `/${this.group}`],
      ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      liveRestore ? ['--live-restore'] : [],
    ].flat()
    const log = openSync(logFile, 'a')
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...words], { stdio: ['ignore', log, log] })
    closeSync(log)
    return child
  }
}

/** An engine for a test: this machine's own if it answers, else one that is started in `dir`. */
export async function useEngine({ dir }: { dir: string }): Promise<Pick<TestEngine, 'socket' | 'stop'>> {
  const socket = '/var/run/docker.sock'
  if (existsSync(socket) && (await answers(socket))) return { socket, stop: async () => {} }
  return startEngine({ dir })
}

/** The engine's API in one call. A payload of text is JSON, of bytes an archive. */
export function ask(
  socket: string,
  method: string,
  path: string,
  payload?: Buffer | string,
): Promise<{ status: number; body: string }> {
  const headers = { 'content-type': typeof payload === 'string' ? 'application/json' : 'application/x-tar' }
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method, path, headers, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    call.on('error', reject)
    call.end(payload)
  })
}

function assertPossible(): void {
  const why = whyNoEngine()
  if (why !== undefined) throw new Error(why)
}

/** Undefined: one can be started. */
export function whyNoEngine(): string | undefined {
  if (process.getuid?.() !== 0)
    return 'no Docker engine answers at /var/run/docker.sock, and without root none can be started for this test'
  const path = (process.env['PATH'] ?? '').split(':')
  for (const tool of ['dockerd', 'ip', 'setpriv', 'tar']) {
    const isThere = path.some((directory) => existsSync(join(directory, tool)))
    if (!isThere) return `this test starts a Docker engine and needs ${tool}: apt-get install docker.io iproute2 tar`
  }
  return existsSync('/bin/busybox')
    ? undefined
    : 'this test needs a static /bin/busybox: apt-get install busybox-static'
}

const inNamespace = (namespace: string | undefined): string[] => (namespace === undefined ? [] : ['-n', namespace])

/** A bridge with an address range that no other has: 10.192.0.0 to 10.255.255.0, by the dice, until the kernel takes it. */
function makeBridge(namespace: string | undefined): string {
  const ip = (...words: string[]): Buffer =>
    execFileSync('ip', [...inNamespace(namespace), ...words], { stdio: 'pipe' })
  for (let attempt = 1; ; attempt += 1) {
    const [high, low] = [randomInt(192, 256), randomInt(0, 256)]
    const bridge = `shoal${high}x${low}`
    try {
      ip('link', 'add', bridge, 'type', 'bridge')
      ip('address', 'add', `10.${high}.${low}.1/24`, 'dev', bridge)
      ip('link', 'set', bridge, 'up')
      return bridge
    } catch (error) {
      if (attempt === RANGES_MAX) throw new Error('no bridge can be made', { cause: error })
    }
  }
}

async function untilReady(socket: string, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  const ready = until(() => answers(socket), READY_MS_MAX).then((isReady) => {
    if (!isReady) throw new Error(`its socket does not answer within ${READY_MS_MAX} ms`)
  })
  await Promise.race([ready, failed, ended])
}

async function answers(socket: string): Promise<boolean> {
  return ask(socket, 'GET', '/_ping').then(
    ({ status }) => status === 200,
    () => false,
  )
}

async function removeContainers(socket: string): Promise<void> {
  const { body } = await ask(socket, 'GET', '/containers/json?all=true')
  const containers = JSON.parse(body) as { Id: string }[]
  await Promise.all(containers.map(({ Id }) => ask(socket, 'DELETE', `/containers/${Id}?force=true&v=true`)))
}
