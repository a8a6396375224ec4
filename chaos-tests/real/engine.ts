/**
 * A Docker engine of a test's own: started, and surely ended, by process id.
 *
 * Each has its own bridge and address range and leaves the machine's iptables and forwarding alone, so any number of them run
 * side by side in one network namespace and their containers answer to every process here. (They reach one another's and the
 * world not at all, which no test wants.) If the test process dies, the kernel ends its engines.
 *
 * @module
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

export interface TestEngine {
  readonly socket: string
  /** Of dockerd; 0 for an engine that was there before. */
  readonly pid: number
  /** The death of its machine: engine, containers and all, at once, by SIGKILL. `stop` still cleans up. */
  crash(): void
  /** Leaves no process, mount, bridge, control group or file. */
  stop(): Promise<void>
}

/** Ready in 0.3 to 0.5 s; a loaded machine takes more. */
const READY_MS_MAX = 30_000
/** After its containers are gone an engine ends in 0.2 s. */
const END_MS_MAX = 10_000
const LOOK_MS = 20
/** A free address range is found at once, unless hundreds of engines run. */
const RANGES_MAX = 20

/** `dir`: an empty or new directory for all of the engine's files, removed by `stop`. Needs root. */
export async function startEngine({ dir }: { dir: string }): Promise<TestEngine> {
  assertPossible()
  mkdirSync(dir, { recursive: true })
  const bridge = makeBridge()
  const [socket, logFile] = [join(dir, 'docker.sock'), join(dir, 'engine.log')]
  const log = openSync(logFile, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...engineArguments(dir, socket, bridge)], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const running = { dir, socket, bridge, child }
  const engine = { socket, pid: child.pid ?? 0, crash: () => killAll(running), stop: () => stopEngine(running) }
  try {
    await untilReady(socket, child)
    return engine
  } catch (error) {
    const said = readFileSync(logFile, 'utf8').split('\n').slice(-8).join('\n')
    await engine.stop()
    throw new Error(`dockerd in ${dir} did not get ready: ${(error as Error).message}\n${said}`, { cause: error })
  }
}

/** An engine for a test: this machine's own if it answers, else one that is started in `dir`. */
export async function useEngine({ dir }: { dir: string }): Promise<TestEngine> {
  const socket = '/var/run/docker.sock'
  if (existsSync(socket) && (await answers(socket))) return { socket, pid: 0, crash: refuseCrash, stop: async () => {} }
  return startEngine({ dir })
}

function refuseCrash(): never {
  throw new Error('the engine of this machine is not ours to crash; use startEngine')
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
  if (process.getuid?.() !== 0) {
    throw new Error(
      'no Docker engine answers at /var/run/docker.sock, and without root none can be started for this test',
    )
  }
  const path = (process.env['PATH'] ?? '').split(':')
  for (const tool of ['dockerd', 'ip', 'setpriv', 'tar']) {
    const isThere = path.some((directory) => existsSync(join(directory, tool)))
    if (!isThere)
      throw new Error(`this test starts a Docker engine and needs ${tool}: apt-get install docker.io iproute2 tar`)
  }
  if (!existsSync('/bin/busybox'))
    throw new Error('this test needs a static /bin/busybox: apt-get install busybox-static')
}

function engineArguments(dir: string, socket: string, bridge: string): string[] {
  return [
    ['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'docker.pid')],
    ['-H', `unix://${socket}`, '--bridge', bridge, '--cgroup-parent', `/${bridge}`],
    ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
  ].flat()
}

/** A bridge with an address range that no other has: 10.192.0.0 to 10.255.255.0, by the dice, until the kernel takes it. */
function makeBridge(): string {
  for (let attempt = 1; ; attempt += 1) {
    const [high, low] = [randomInt(192, 256), randomInt(0, 256)]
    const bridge = `shoal${high}x${low}`
    try {
      execFileSync('ip', ['link', 'add', bridge, 'type', 'bridge'], { stdio: 'pipe' })
      execFileSync('ip', ['address', 'add', `10.${high}.${low}.1/24`, 'dev', bridge], { stdio: 'pipe' })
      execFileSync('ip', ['link', 'set', bridge, 'up'], { stdio: 'pipe' })
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

interface Running {
  readonly dir: string
  readonly socket: string
  readonly bridge: string
  readonly child: ChildProcess
}

/** Containers first (an engine waits 10 s for those deaf to SIGTERM), then the engine, then whatever of it is left. */
async function stopEngine({ dir, socket, bridge, child }: Running): Promise<void> {
  await removeContainers(socket).catch(() => {})
  child.kill('SIGTERM')
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  if (!(await until(hasEnded, END_MS_MAX))) child.kill('SIGKILL')
  await until(() => killAll({ dir, bridge, child }) === 0, END_MS_MAX)
  for (const mount of mountsUnder(dir)) execFileSync('umount', ['-l', mount])
  for (const group of controlGroups(bridge)) rmdirSync(group)
  execFileSync('ip', ['link', 'delete', bridge])
  rmSync(dir, { recursive: true, force: true })
}

/** The engine, its containerd, shims and containers; how many there still were. */
function killAll({ dir, bridge, child }: Pick<Running, 'dir' | 'bridge' | 'child'>): number {
  child.kill('SIGKILL')
  const pids = leftPids(dir, bridge)
  for (const pid of pids) killQuietly(pid)
  return pids.length
}

async function removeContainers(socket: string): Promise<void> {
  const { body } = await ask(socket, 'GET', '/containers/json?all=true')
  const containers = JSON.parse(body) as { Id: string }[]
  await Promise.all(containers.map(({ Id }) => ask(socket, 'DELETE', `/containers/${Id}?force=true&v=true`)))
}

/** The engine, its containerd and shims name their directory in their arguments; containers are in its cgroup. */
function leftPids(dir: string, bridge: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      const isEngines = /^(\S*\/)?(dockerd|containerd|containerd-shim\S*)\0/.test(readOrEmpty(`/proc/${pid}/cmdline`))
      const names = isEngines && readOrEmpty(`/proc/${pid}/cmdline`).includes(`${dir}/`)
      return names || readOrEmpty(`/proc/${pid}/cgroup`).includes(`:/${bridge}/`)
    })
}

/** Of cgroup v1 in every controller, of v2 at the top; inner ones first. */
function controlGroups(bridge: string): string[] {
  const root = '/sys/fs/cgroup'
  const tops = readdirSync(root).map((controller) => join(root, controller, bridge))
  return [join(root, bridge), ...tops].filter((top) => existsSync(top)).flatMap(groupsUnder)
}

function groupsUnder(group: string): string[] {
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...inner.flatMap(({ name }) => groupsUnder(join(group, name))), group]
}

function mountsUnder(dir: string): string[] {
  const targets = readOrEmpty('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  return targets.filter((target) => target.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone in the meantime
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await pause(LOOK_MS)) {
    if (await holds()) return true
  }
  return false
}
