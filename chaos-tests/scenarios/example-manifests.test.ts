/**
 * The manifests of `examples/pods`, applied as they are: each does on Docker what its first lines say. They are of the shapes
 * which Kubernetes' documents describe and which no manifest that can be had here has. Their images are made of this machine's
 * programs.
 *
 * @module
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBusyboxImage, makeNginxImage, makeNodeImage } from '../real/images.ts'
import { stretched } from '../real/patience.ts'
import { waitFor } from '../real/process-cluster.ts'
import { get, isReadyPod, ManifestRig, restartsOf, SOON_MS, type Container, type Pod } from './manifest-rig.ts'
import { NAMESPACES, patch } from './manifests.ts'
import { REPOSITORY, shoal } from './shoal.ts'

/** As people are promised: from the answer to the write until the last pod serves it. */
const CHANGED_MS_MAX = 5_000

let rig: ManifestRig

beforeAll(async () => {
  const makeImages = async (socket: string): Promise<void> => {
    await makeBusyboxImage(socket, ['busybox:1.36'])
    await makeNginxImage(socket, ['nginx:1.27'])
    await makeNodeImage(socket, ['node:20'])
  }
  rig = await ManifestRig.start({ block: 149, name: 'example', makeImages })
}, 120_000)

afterAll(() => rig?.stop())

/** In a namespace of its own, whose name it resolves with. */
async function apply(file: string): Promise<string> {
  const name = await rig.space()
  await rig.apply(name, join(REPOSITORY, 'examples/pods', file))
  return name
}

/** When a container ended, which it has to have done well. */
function endedMs(all: readonly Container[] | undefined, name: string): number {
  const ended = all?.find((each) => each.name === name)?.state.terminated
  expect(ended, `${name} of ${JSON.stringify(all)}`).toMatchObject({ exitCode: 0 })
  return Date.parse(ended!.finishedAt)
}

const lines = (text: string): string[] => text.trimEnd().split('\n')

test('[EXA1] init.yaml: init containers run one after the other, and before the containers', async () => {
  const name = await apply('init.yaml')
  const [pod] = await rig.untilRunning(name)
  expect(await get(pod!, 80)).toBe('heading\ntext\n')
  const { initContainerStatuses, containerStatuses } = pod!.status
  const [heading, text] = ['heading', 'text'].map((each) => endedMs(initContainerStatuses, each))
  expect(heading).toBeLessThanOrEqual(text!)
  expect(text).toBeLessThanOrEqual(Date.parse(containerStatuses![0]!.state.running!.startedAt))
})

// These wait for probes and for work, so they wait at once.

test.concurrent('[EXA2] startup-probe.yaml: a slow start is waited for, and once it is over the liveness probe forgives nothing', async () => {
  const name = await apply('startup-probe.yaml')
  const before = await rig.untilPod(name, 'startup-probe', isReadyPod)
  expect(restartsOf(before)).toBe(0)
  await rig.run(name, 'startup-probe', 'rm', '/tmp/started')
  const after = await rig.untilPod(name, 'startup-probe', (pod) => restartsOf(pod) === 1 && isReadyPod(pod))
  expect(after.metadata.uid).toBe(before.metadata.uid)
})

test.concurrent('[EXA3] tcp-probe.yaml: ready while its port takes connections, restarted when it takes none', async () => {
  const name = await apply('tcp-probe.yaml')
  const before = await rig.untilPod(name, 'tcp-probe', isReadyPod)
  expect(restartsOf(before)).toBe(0)
  await rig.run(name, 'tcp-probe', 'killall', 'httpd')
  await rig.untilPod(name, 'tcp-probe', (pod) => !isReadyPod(pod))
  await rig.untilPod(name, 'tcp-probe', (pod) => restartsOf(pod) === 1 && isReadyPod(pod))
})

test.concurrent('[EXA4] grpc-probe.yaml: the service that is not ready is left alone, the one that is not alive is restarted', async () => {
  const name = await apply('grpc-probe.yaml')
  const say = (program: string): Promise<string> => rig.run(name, 'grpc-probe', 'node', '-e', program)
  await rig.untilPod(name, 'grpc-probe', isReadyPod)
  await say(`fs.writeFileSync('/tmp/not-ready', '')`)
  const tired = await rig.untilPod(name, 'grpc-probe', (pod) => !isReadyPod(pod))
  expect(restartsOf(tired)).toBe(0)
  await say(`fs.rmSync('/tmp/not-ready')`)
  const well = await rig.untilPod(name, 'grpc-probe', isReadyPod)
  expect(restartsOf(well)).toBe(0)
  await say(`fs.writeFileSync('/tmp/not-alive', '')`)
  await rig.untilPod(name, 'grpc-probe', (pod) => restartsOf(pod) === 1 && isReadyPod(pod))
})

test.concurrent('[EXA5] sidecar.yaml: it is there before the work, outlives it, and does not keep the pod from succeeding', async () => {
  const name = await apply('sidecar.yaml')
  const { status } = await rig.untilPhase(name, 'sidecar', 'Succeeded')
  const shipper = endedMs(status.initContainerStatuses, 'shipper')
  expect(shipper).toBeGreaterThanOrEqual(endedMs(status.containerStatuses, 'work'))
  await rig.untilLogged(name, 'sidecar', /^the shipper is there\n[^]*work is done$/m, { container: 'work' })
  await rig.untilLogged(name, 'sidecar', /part one\npart two\npart three\nall shipped/, { container: 'shipper' })
})

test('[EXA6] lifecycle-hooks.yaml: one is done before it is ready, the other before it is told to end', async () => {
  const name = await apply('lifecycle-hooks.yaml')
  await rig.untilPod(name, 'lifecycle-hooks', isReadyPod)
  expect(await rig.run(name, 'lifecycle-hooks', 'cat', '/tmp/message')).toBe('written after the start\n')
  const log = rig.follow(name, 'lifecycle-hooks')
  await waitFor('the log to be followed', stretched(SOON_MS), () => log.said().includes('started'))
  const deleted = await shoal(['delete', 'pod', 'lifecycle-hooks', '-n', name, '-y'], { node: rig.node.socket })
  expect(deleted.code, deleted.stderr).toBe(0)
  await log.ended
  expect(lines(log.said())).toEqual(['started', 'about to stop', 'told to end'])
})

test('[EXA7] projected-volume.yaml: a Secret, a ConfigMap and the pod itself in one directory, each with its mode', async () => {
  const name = await apply('projected-volume.yaml')
  const run = (...command: string[]): Promise<string> => rig.run(name, 'projected-volume', ...command)
  expect(await run('cat', '/projected/my-group/my-username')).toBe('shoal')
  expect(await run('cat', '/projected/my-group/my-settings')).toBe('colour=blue')
  expect(await run('cat', '/projected/cpu-limit')).toBe('500')
  expect(lines(await run('cat', '/projected/labels'))).toContain('app="projected"')
  const modes = ['my-group/my-username', 'my-group/my-settings', 'labels'].map((each) => `/projected/${each}`)
  expect(lines(await run('stat', '-L', '-c', '%a', ...modes))).toEqual(['400', '440', '440'])
})

test('[EXA8] downward-api.yaml: labels, annotations and amounts, as files and as variables', async () => {
  const name = await apply('downward-api.yaml')
  const [pod] = await rig.untilRunning(name)
  const run = (...command: string[]): Promise<string> => rig.run(name, 'downward-api', ...command)
  expect(lines(await run('cat', '/etc/podinfo/labels'))).toEqual(['rack="rack-22"', 'zone="north"'])
  const annotations = lines(await run('cat', '/etc/podinfo/annotations'))
  expect(annotations).toEqual(expect.arrayContaining(['build="two"', 'builder="john-doe"']))
  expect(await run('cat', '/etc/podinfo/cpu-request')).toBe('125')
  await patch(rig.node, `${NAMESPACES}/${name}/pods/downward-api`, { metadata: { labels: { rack: 'rack-23' } } })
  await waitFor('the changed label', stretched(SOON_MS), async () =>
    (await run('cat', '/etc/podinfo/labels')).startsWith('rack="rack-23"'),
  )
  const variables = lines(await run('env'))
  for (const each of [
    `NODE_NAME=${pod!.spec.nodeName}`,
    `POD_UID=${pod!.metadata.uid}`,
    'ZONE=north',
    'MEMORY_LIMIT=64',
  ])
    expect(variables).toContain(each)
})

test('[EXA9, CFG9] config-files.yaml: keys as files, with their paths and modes; a change is in those of all pods within 5 s of its answer', async () => {
  const name = await apply('config-files.yaml')
  const three = await rig.untilRunning(name, 3)
  expect(new Set(three.map(({ spec }) => spec.nodeName)).size).toBeGreaterThan(1)
  const [first] = three as [Pod]
  const run = (...command: string[]): Promise<string> => rig.run(name, first.metadata.name, ...command)
  expect(await run('cat', '/etc/keys/deep/password')).toBe('open sesame')
  expect(await run('stat', '-L', '-c', '%a', '/etc/keys/deep/password')).toBe('400\n')
  expect(lines(await run('ls', '/www'))).toEqual(['index.html', 'other'])
  expect(await run('cat', '/etc/other')).toBe('second')
  for (const pod of three) expect(await get(pod, 8080)).toBe('first')

  for (const [at, node] of rig.cluster.nodes.entries()) {
    const page = `changed ${at} times before`
    const data = { 'index.html': page, other: 'third' }
    await patch(node, `${NAMESPACES}/${name}/configmaps/config-files`, { data })
    const answeredMs = performance.now()
    await waitFor(`${page} to be served`, CHANGED_MS_MAX, async () => {
      const pages = await Promise.all(three.map((pod) => get(pod, 8080).catch(String)))
      return pages.every((each) => each === page)
    })
    expect(performance.now() - answeredMs).toBeLessThan(CHANGED_MS_MAX)
  }
  expect(await run('cat', '/etc/other')).toBe('second')
  expect(await run('cat', '/www/other')).toBe('third')
  const after = await rig.pods(name)
  expect(after.map(({ metadata }) => metadata.uid).sort()).toEqual(three.map(({ metadata }) => metadata.uid).sort())
  expect(after.map(restartsOf)).toEqual([0, 0, 0])
})

test('[EXA10] environment.yaml: all keys under a prefix, variables made of others, arguments made of variables', async () => {
  const name = await apply('environment.yaml')
  await rig.untilPhase(name, 'environment', 'Succeeded')
  const wanted = [
    'LEVEL=debug',
    'COLOUR=red',
    'SECRET_TOKEN=open sesame',
    'EARLY=$(PROTOCOL)://localhost',
    'ADDRESS=https://localhost:80',
    'ESCAPED=$(PROTOCOL)://localhost',
    'arguments: https://localhost:80 $(ADDRESS)',
  ]
  await rig.untilLogged(name, 'environment', /^arguments: /m)
  expect(lines(await rig.logOf(name, 'environment'))).toEqual(expect.arrayContaining(wanted))
})

test('[EXA11] shared-volume.yaml: one container serves what the other has written; a directory in memory', async () => {
  const name = await apply('shared-volume.yaml')
  const [pod] = await rig.untilRunning(name)
  await waitFor('the page', stretched(SOON_MS), async () =>
    (await get(pod!, 80).catch(String)).includes('written by the other container'),
  )
  const size = await rig.runIn({ namespace: name, pod: 'shared-volume', container: 'web' }, 'df', '-k', '/scratch')
  expect(size).toMatch(/^tmpfs\s+16384\s/m)
})

test('[EXA12] security-context.yaml: users, groups, a root that is not written to, no capabilities', async () => {
  const name = await apply('security-context.yaml')
  const [pod] = await rig.untilRunning(name)
  const on = (container: string, script: string): Promise<string> =>
    rig.runIn({ namespace: name, pod: 'security-context', container }, 'sh', '-c', script)
  expect(await on('main', 'id -u; id -g')).toBe('1000\n3000\n')
  expect(await on('other', 'id -u; id -g')).toBe('2000\n3000\n')
  for (const each of ['main', 'other'])
    expect((await on(each, 'id -G')).trim().split(' ').sort()).toEqual(['2000', '3000', '4000'])
  expect(await on('main', 'echo yes >/data/file && stat -c %u:%g /data/file')).toBe('1000:2000\n')
  expect(await on('main', '(echo no >/file) 2>&1 || true')).toContain('Read-only file system')
  const rights = lines(await on('main', 'cat /proc/1/status'))
  expect(rights).toEqual(expect.arrayContaining(['NoNewPrivs:\t1', 'CapBnd:\t0000000000000000', 'Seccomp:\t2']))
  expect((await rig.inspect(pod!, 'main')).HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] })
})

test('[EXA13] termination-message.yaml: the last word of a container stands in its status', async () => {
  const name = await apply('termination-message.yaml')
  const { status } = await rig.untilPhase(name, 'termination-message', 'Succeeded')
  expect(status.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 0, message: 'out of fish' })
})
