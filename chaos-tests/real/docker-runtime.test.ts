import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { runtimeContract } from '../../node/runtime/contract.ts'
import { volumeContract } from '../../node/runtime/volume-contract.ts'
import { discover } from '../../node/runtime/docker-discovery.ts'
import { DockerRuntime } from '../../node/runtime/docker.ts'
import type { ContainerLaunch, PodLaunch, RunState } from '../../node/runtime/runtime.ts'
import { ask, useEngine } from './engine.ts'
import { makeBusyboxImage } from './images.ts'

/** What is to happen soon may take its time on a loaded machine. */
const SOON = { timeout: 10_000 }

const IMAGE = 'shoal-test/busybox:1'
const FOREIGN = 'shoal-test/busybox:foreign'
/** Volumes of the runtimes under test. */
const state = mkdtempSync(join(tmpdir(), 'shoal-volumes-'))
let engine: Awaited<ReturnType<typeof useEngine>>
const messages = mkdtempSync(join(tmpdir(), 'shoal-messages-'))

beforeAll(async () => {
  engine = await useEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-engine-')) })
  await makeBusyboxImage(engine.socket, [IMAGE])
  await makeBusyboxImage(engine.socket, [FOREIGN], { architecture: process.arch === 'x64' ? 'arm64' : 'amd64' })
})
afterAll(async () => {
  await engine?.stop()
  rmSync(state, { recursive: true, force: true })
  rmSync(messages, { recursive: true, force: true })
})

function runtimeAt(socket: string, place: string, node = place): DockerRuntime {
  const where = { dockerHost: `unix://${socket}`, env: {}, home: '/nonexistent', userId: 0 }
  return new DockerRuntime({
    node: `test-${process.pid}-${node}`,
    home: `home-${process.pid}-${place}`,
    cluster: 'test',
    discover: () => discover(where),
    directory: join(state, place),
    hostPaths: [join(state, 'given')],
    messages,
  })
}

runtimeContract('docker', () => ({ image: IMAGE, open: (node) => runtimeAt(engine.socket, node) }))

volumeContract('docker', () => ({
  image: IMAGE,
  open: () => runtimeAt(engine.socket, 'here'),
  directory: join(state, 'here'),
  given: join(state, 'given'),
}))

describe('an engine that really answers', () => {
  const runtimes: { runtime: DockerRuntime; uid: string }[] = []
  const ends: (() => void)[] = []
  afterEach(async () => {
    for (const { runtime, uid } of runtimes.splice(0)) {
      await runtime.remove(uid)
      await runtime.close()
    }
    for (const end of ends.splice(0)) end()
  })

  async function make(
    change: Partial<PodLaunch> = {},
    ...names: string[]
  ): Promise<{ runtime: DockerRuntime; pod: PodLaunch }> {
    const pod = podOf(change, ...names)
    const runtime = runtimeAt(engine.socket, 'here')
    runtimes.push({ runtime, uid: pod.uid })
    await runtime.create(pod)
    for (const { name } of pod.containers) await runtime.start(pod.uid, name)
    return { runtime, pod }
  }

  test('[DOCK4] labels of a manifest that claim another owner change nothing', async () => {
    const { runtime, pod } = await make({
      labels: { 'shoal.dev/home': 'thief', 'shoal.dev/pod-uid': 'other', app: 'web' },
    })
    expect((await runtime.list()).map(({ uid }) => uid)).toContain(pod.uid)
    const thief = new DockerRuntime({
      node: 'thief',
      home: 'thief',
      cluster: 'test',
      directory: join(state, 'thief'),
      discover: () => discover({ dockerHost: `unix://${engine.socket}`, env: {}, home: '/', userId: 0 }),
    })
    expect(await thief.list()).toEqual([])
    await thief.close()
  })

  test('[DOCK49] who comes back under another id, its disk having been replaced, finds what it made before', async () => {
    const { runtime, pod } = await make({})
    const heir = runtimeAt(engine.socket, 'here', 'heir')
    expect((await heir.list()).map(({ uid }) => uid)).toContain(pod.uid)
    await heir.remove(pod.uid)
    await heir.close()
    expect((await runtime.list()).map(({ uid }) => uid)).not.toContain(pod.uid)
  })

  test('[DOCK6] an image that the engine knows to be for another platform is refused', async () => {
    const pod = podOf({})
    const containers = pod.containers.map((container) => ({ ...container, image: FOREIGN }))
    const runtime = runtimeAt(engine.socket, 'here')
    runtimes.push({ runtime, uid: pod.uid })
    await expect(runtime.create({ ...pod, containers })).rejects.toMatchObject({ code: 'wrong-platform' })
  })

  test('[DOCK8] the death of the infra container ends the pod; recreating its containers gives it a new network', async () => {
    const { runtime, pod } = await make({}, 'web', 'side')
    const [infra] = await idsOf(pod.uid, 'POD')
    await ask(engine.socket, 'POST', `/containers/${infra}/kill`)
    await expect.poll(() => statesOf(runtime, pod.uid), SOON).toEqual(['exited', 'exited'])
    for (const { name } of pod.containers) {
      await runtime.recreate(pod, name)
      await runtime.start(pod.uid, name)
    }
    expect(await statesOf(runtime, pod.uid)).toEqual(['running', 'running'])
    expect((await runtime.inspect(pod.uid))?.podIP).not.toBe('')
    expect(await idsOf(pod.uid, 'POD')).toHaveLength(1)
  })

  test('[VOL9] an engine mounts NFS itself: where it cannot, the pod does not start, its own words say why, and nothing is left', async () => {
    const pod = podOf({})
    const mounts = [{ volume: 'share', path: '/share', readOnly: false }]
    const containers = pod.containers.map((container) => ({ ...container, mounts }))
    // Of this machine, on which nobody exports anything; or its kernel has no NFS at all.
    const share = { kind: 'nfs', name: 'share', server: '127.0.0.1', path: '/exports/none', readOnly: true } as const
    const runtime = runtimeAt(engine.socket, 'here')
    runtimes.push({ runtime, uid: pod.uid })
    const begun = async (): Promise<void> => {
      await runtime.create({ ...pod, containers, volumes: [share] })
      await runtime.start(pod.uid, 'web')
    }
    await expect(begun()).rejects.toThrow(/mount.*:\/exports\/none.*addr=127\.0\.0\.1/)
    expect(await statesOf(runtime, pod.uid)).not.toContain('running')
    await runtime.remove(pod.uid)
    const { body } = await ask(engine.socket, 'GET', '/volumes')
    expect(body).not.toContain(pod.uid)
  })

  test('[DOCK32] what a container writes about its end is read when it has ended, and goes with its pod', async () => {
    const pod = podOf({})
    const script = 'echo no disk left >/dev/termination-log; exit 3'
    const command = ['busybox', 'sh', '-c', script]
    const containers = pod.containers.map((one) => ({ ...one, command, args: [], messagePath: '/dev/termination-log' }))
    const runtime = runtimeAt(engine.socket, 'here')
    runtimes.push({ runtime, uid: pod.uid })
    await runtime.create({ ...pod, containers })
    await runtime.start(pod.uid, 'web')
    await expect.poll(() => statesOf(runtime, pod.uid), SOON).toEqual(['exited'])
    expect(await runtime.message(pod.uid, 'web')).toBe('no disk left\n')
    await runtime.recreate({ ...pod, containers }, 'web')
    expect(await runtime.message(pod.uid, 'web')).toBe('')
    await runtime.remove(pod.uid)
    expect(existsSync(join(messages, pod.uid))).toBe(false)
  })

  test('[DOCK31] a command gets a terminal, of the size that was asked for', async () => {
    const { runtime, pod } = await make()
    const command = ['busybox', 'sh', '-c', 'read line; busybox stty size; busybox tty']
    const session = await runtime.exec(pod.uid, 'web', { command, tty: true, stdin: true })
    await session.resize({ columns: 101, rows: 37 })
    session.stdin.write('now\n')
    const [output, errors] = await Promise.all([text(session.stdout), text(session.stderr)])
    expect(output).toMatch(/37 101\r\n\/dev\/pts\/\d/)
    expect(errors).toBe('')
    expect(await session.exit).toBe(0)
  })

  test('[DOCK14] a broken event stream is told, opened again, and tells of every pod', async () => {
    const { pod } = await make()
    const gate = await openGate()
    ends.push(gate.close)
    const watcher = runtimeAt(gate.socket, 'here')
    const told: string[] = []
    const trouble: string[] = []
    watcher.watch(
      ({ uid }) => told.push(uid),
      (reason) => trouble.push(reason),
    )
    await expect.poll(() => told, SOON).toContain(pod.uid)
    told.length = 0
    gate.cut()
    await expect.poll(() => trouble.length, SOON).toBeGreaterThan(0)
    gate.mend()
    await expect.poll(() => told, SOON).toContain(pod.uid)
    await watcher.close()
  })

  test('[DOCK61] nobody is told of a start: who ordered it looks by himself', async () => {
    const { runtime, pod } = await make()
    const told: string[] = []
    runtime.watch(
      ({ uid }) => told.push(uid),
      () => {},
    )
    await expect.poll(() => told, SOON).toContain(pod.uid)
    told.length = 0
    await make()
    await runtime.stop(pod.uid, 0)
    // Events come in their order: that of the start would have come before.
    await expect.poll(() => told, SOON).toContain(pod.uid)
    expect(told).toEqual([pod.uid])
  })

  test('[DOCK7] a pull without a registry in reach fails with its reason', async () => {
    const pod = podOf({})
    const containers = pod.containers.map((container) => ({ ...container, image: 'registry.invalid/none:1' }))
    const runtime = runtimeAt(engine.socket, 'here')
    runtimes.push({ runtime, uid: pod.uid })
    const message = expect.stringContaining('registry.invalid/none:1')
    await expect(runtime.create({ ...pod, containers })).rejects.toMatchObject({ code: 'image-missing', message })
  })
})

function podOf(change: Partial<PodLaunch>, ...names: string[]): PodLaunch {
  const base = { image: IMAGE, pull: 'IfNotPresent', env: {}, ports: [], attempt: 0 } as const
  const sleep = { command: ['sleep'], args: ['1000'] }
  const containers: ContainerLaunch[] = (names.length > 0 ? names : ['web']).map((name) => ({
    ...base,
    ...sleep,
    name,
  }))
  const identity = { name: 'web-1', namespace: 'default', hostname: 'web-1' }
  return { uid: randomUUID(), ...identity, labels: {}, annotation: '', containers, graceMs: 1_000, ...change }
}

async function statesOf(runtime: DockerRuntime, uid: string): Promise<RunState['state'][]> {
  return ((await runtime.inspect(uid))?.containers ?? []).map(({ run }) => run.state)
}

async function idsOf(uid: string, container: string): Promise<string[]> {
  const label = [`shoal.dev/pod-uid=${uid}`, `io.kubernetes.container.name=${container}`]
  const query = new URLSearchParams({ all: 'true', filters: JSON.stringify({ label }) })
  const { body } = await ask(engine.socket, 'GET', `/containers/json?${query.toString()}`)
  return (JSON.parse(body) as { Id: string }[]).map(({ Id }) => Id)
}

/** A socket before the engine's that can be cut and mended: an engine that restarts, as a client sees it. */
async function openGate(): Promise<{ socket: string; cut(): void; mend(): void; close(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-gate-'))
  const socket = join(directory, 'gate.sock')
  const connections = new Set<Socket>()
  let isCut = false
  const server: Server = createServer((inward) => {
    if (isCut) return void inward.destroy()
    const outward = connect(engine.socket)
    for (const [one, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      connections.add(one)
      one.on('error', () => {})
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  }).listen(socket)
  await once(server, 'listening')
  const cut = (): void => {
    isCut = true
    for (const connection of connections) connection.destroy()
  }
  return {
    socket,
    cut,
    mend: () => void (isCut = false),
    close: () => {
      cut()
      server.close()
      rmSync(directory, { recursive: true })
    },
  }
}
