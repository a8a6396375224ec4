/**
 * Manifests of others, applied as they are: each does on Docker what it says it does. Images of the same names are made here,
 * since no registry is asked.
 *
 * @module
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, startEngine, type TestEngine } from '../real/engine.ts'
import { makeBusyboxImage, makeNginxImage, makeShellImage } from '../real/images.ts'
import { publicManifest } from '../real/kubernetes-source.ts'
import { fetchText } from '../real/observe.ts'
import { stretched } from '../real/patience.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { NAMESPACES, namespaceNamed } from './manifests.ts'
import { shoal } from './shoal.ts'

const DOC = 'test/fixtures/doc-yaml'
const DATA = 'hack/testdata'
/** A pod's start and its way out, on a loaded machine. */
const SOON_MS = 40_000

interface Container {
  readonly name: string
  readonly state: { readonly running?: object; readonly terminated?: { readonly exitCode: number } }
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> }
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly containerStatuses?: readonly Container[]
  }
}

let engine: TestEngine
let cluster: ProcessCluster
let node: ProcessNode

beforeAll(async () => {
  engine = await startEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-public-')) })
  const { socket } = engine
  await makeNginxImage(socket, ['nginx', 'nginx:1.7.9', 'k8s.gcr.io/nginx:test-cmd', 'k8s.gcr.io/nginx:1.7.9'])
  await makeBusyboxImage(socket, ['busybox', 'k8s.gcr.io/busybox'])
  const pauses = ['k8s.gcr.io/pause:2.0', 'k8s.gcr.io/pause:3.2']
  await makeShellImage(socket, [...pauses, 'k8s.gcr.io/perl'], { script: 'exec sleep 1000000' })
  const sayer = (port: number, words: string): string =>
    `mkdir -p /www && echo "${words}" >/www/index.html && exec httpd -f -p ${port} -h /www`
  await makeShellImage(socket, ['k8s.gcr.io/serve_hostname', 'gcr.io/kubernetes-e2e-test-images/serve-hostname:1.0'], {
    script: sayer(9376, '$(hostname)'),
  })
  const roles = 'if [ "$SENTINEL" = true ]; then port=26379; else port=6379; fi; echo ready on $port'
  await makeShellImage(
    socket,
    ['gcr.io/kubernetes-e2e-test-images/redis:1.0', 'gcr.io/kubernetes-e2e-test-images/agnhost:1.0'],
    { script: `${roles}; exec httpd -f -p $port -h /` },
  )
  await makeShellImage(socket, ['aronchick/hello-node:2.0'], { script: sayer(8080, 'Hello World!') })
  const hello = sayer(8080, '$ALT_GREETING $*')
  await makeShellImage(socket, ['monopole/hello:1'], { script: hello, path: '/hello' })
  cluster = await ProcessCluster.start(3, { runtime: 'docker', dockerHost: `unix://${socket}`, block: 148 })
  node = cluster.nodes[0]!
}, 120_000)

afterAll(async () => {
  await cluster?.stop()
  await engine?.stop()
})

/** A namespace of its own for each test. */
let spaces = 0
async function space(): Promise<string> {
  const name = `public-${(spaces += 1)}`
  await node.ok('POST', NAMESPACES, namespaceNamed(name))
  return name
}

/** As a user would, at a node that differs from test to test; `apply` waits until what it wrote is ready. */
async function apply(namespace: string, ...paths: string[]): Promise<void> {
  const files = paths.flatMap((path) => ['-f', publicManifest(path)])
  const via = cluster.nodes[spaces % 3]!
  const { code, stderr } = await shoal(['apply', ...files, '-n', namespace], { node: via.socket })
  expect(code, stderr).toBe(0)
}

async function pods(namespace: string): Promise<Pod[]> {
  return (await node.ok<{ items: Pod[] }>('GET', `${NAMESPACES}/${namespace}/pods`)).items
}

const running = ({ status }: Pod): boolean =>
  status.phase === 'Running' && status.containerStatuses?.every(({ state }) => state.running !== undefined) === true

/** Once there are so many, all of them running. */
async function untilRunning(namespace: string, count = 1): Promise<Pod[]> {
  await waitFor(`${count} pods to run in ${namespace}`, stretched(SOON_MS), async () => {
    const all = await pods(namespace)
    return all.length === count && all.every(running)
  })
  return pods(namespace)
}

async function untilPhase(namespace: string, name: string, phase: string): Promise<void> {
  await waitFor(`${name} to have ${phase}`, stretched(SOON_MS), async () =>
    (await pods(namespace)).some((pod) => pod.metadata.name === name && pod.status.phase === phase),
  )
}

/** On a busy machine an engine writes the last lines down after it has told of the end. */
async function untilLogged(namespace: string, name: string, line: RegExp): Promise<void> {
  await waitFor(`${String(line)} in the log of ${name}`, stretched(10_000), async () => {
    const { code, stdout, stderr } = await shoal(['logs', name, '--no-prefix', '-n', namespace], { node: node.socket })
    expect(code, stderr).toBe(0)
    return line.test(stdout)
  })
}

const get = (pod: Pod, port: number): Promise<string> => fetchText({ host: pod.status.podIP!, port })

/** What the engine was told of the container that runs for this one. */
async function inspect(pod: Pod, container: string): Promise<{ HostConfig: Record<string, number>; Mounts: object[] }> {
  const list = await ask(engine.socket, 'GET', '/containers/json')
  const all = JSON.parse(list.body) as { Id: string; Names: string[] }[]
  const one = all.find(({ Names }) => Names.some((name) => name.includes(`_${container}_${pod.metadata.name}_`)))
  const names = all.flatMap(({ Names }) => Names)
  expect(one, names.join(' ')).toBeDefined()
  return JSON.parse((await ask(engine.socket, 'GET', `/containers/${one!.Id}/json`)).body)
}

test('[PUB1] pod.yaml: a pod that serves', async () => {
  const name = await space()
  await apply(name, `${DOC}/user-guide/pod.yaml`)
  const [pod] = await untilRunning(name)
  expect(await get(pod!, 80)).toContain('Welcome to nginx!')
})

test('[PUB2] deployment.yaml: three of them, on more than one node', async () => {
  const name = await space()
  await apply(name, `${DOC}/user-guide/deployment.yaml`)
  const three = await untilRunning(name, 3)
  for (const pod of three) expect(await get(pod, 80)).toContain('Welcome to nginx!')
  expect(new Set(three.map(({ spec }) => spec.nodeName)).size).toBeGreaterThan(1)
})

test('[PUB3] secret.yaml, secret-env-pod.yaml: a value of a Secret in the environment', async () => {
  const name = await space()
  await apply(name, `${DOC}/user-guide/secrets/secret.yaml`, `${DOC}/user-guide/secrets/secret-env-pod.yaml`)
  await untilPhase(name, 'secret-env-pod', 'Succeeded')
  await untilLogged(name, 'secret-env-pod', /^MY_SECRET_DATA=value-1/m)
})

test('[PUB4] multi-pod.yaml: two containers share a network; limits; an empty directory; a second pod in the file', async () => {
  const name = await space()
  await apply(name, `${DOC}/user-guide/multi-pod.yaml`)
  const all = await untilRunning(name, 2)
  const [redis, valid] = ['redis-master', 'valid-pod'].map((each) => all.find(({ metadata }) => metadata.name === each))
  for (const port of [6379, 26379]) await expect(get(redis!, port)).rejects.toThrow('status 404')
  expect(await get(valid!, 9376)).toBe('valid-pod\n')
  const { HostConfig, Mounts } = await inspect(redis!, 'master')
  expect(HostConfig).toMatchObject({ CpuQuota: 50_000 })
  expect(Mounts).toContainEqual(expect.objectContaining({ Destination: '/redis-master-data', RW: true }))
})

test('[PUB5] valid-pod.yaml: limits reach the engine, and the pod knows its name', async () => {
  const name = await space()
  await apply(name, `${DOC}/admin/limitrange/valid-pod.yaml`)
  const [pod] = await untilRunning(name)
  expect(await get(pod!, 9376)).toBe('valid-pod\n')
  expect((await inspect(pod!, 'kubernetes-serve-hostname')).HostConfig).toMatchObject({
    CpuQuota: 100_000,
    Memory: 512 * 1024 * 1024,
  })
})

test('[PUB6] agnhost-primary-pod.yaml: what differs between containers of one image is their environment', async () => {
  const name = await space()
  await apply(name, 'test/e2e/testing-manifests/kubectl/agnhost-primary-pod.yaml')
  const [pod] = await untilRunning(name)
  for (const port of [6379, 26379]) await expect(get(pod!, port)).rejects.toThrow('status 404')
})

test('[PUB7] pod-with-secret-volume.yaml: the machine gives the name, and waits for the Secret', async () => {
  const name = await space()
  const made = await node.api(
    'POST',
    `${NAMESPACES}/${name}/pods`,
    parse(readFileSync(publicManifest('test/integration/scheduler_perf/config/pod-with-secret-volume.yaml'), 'utf8')),
  )
  expect(made).toMatchObject({
    status: 201,
    body: { metadata: { name: expect.stringMatching(/^secret-volume-\w+$/) } },
  })
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, stringData: { key: 'value' } }
  await node.ok('POST', `${NAMESPACES}/${name}/secrets`, secret)
  await untilRunning(name)
})

test('[PUB8] nginx.yaml of the kubectl book: a Service and its Deployment', async () => {
  const name = await space()
  await apply(name, 'staging/src/k8s.io/kubectl/docs/book/examples/nginx/nginx.yaml')
  const three = await untilRunning(name, 3)
  for (const pod of three) expect(await get(pod, 80)).toContain('Welcome to nginx!')
  expect(await node.ok('GET', `${NAMESPACES}/${name}/services/nginx`)).toMatchObject({
    spec: { ports: [{ port: 80, targetPort: 9376 }] },
  })
})

test('[PUB9] pod-with-api-env.yaml: environment of a Secret, a ConfigMap and the pod itself', async () => {
  const name = await space()
  const data = { 'key-1': 'from-secret', 'key-2': 'from-config' }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'test-secret' }, stringData: data }
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'test-configmap' }, data }
  await node.ok('POST', `${NAMESPACES}/${name}/secrets`, secret)
  await node.ok('POST', `${NAMESPACES}/${name}/configmaps`, config)
  await apply(name, `${DATA}/pod-with-api-env.yaml`)
  await untilPhase(name, 'env-test-pod', 'Succeeded')
  for (const line of ['TEST_CMD_1=from-secret', 'TEST_CMD_2=from-config', 'TEST_CMD_3=env-test-pod'])
    await untilLogged(name, 'env-test-pod', new RegExp(`^${line}$`, 'm'))
})

test('[PUB10] deployment-revision1.yaml, -revision2.yaml: an update, its history, and the way back', async () => {
  const name = await space()
  const images = async (): Promise<Set<string>> =>
    new Set((await untilRunning(name, 3)).map(({ spec }) => spec.containers[0]!.image))
  await apply(name, `${DATA}/deployment-revision1.yaml`)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:test-cmd']))
  await apply(name, `${DATA}/deployment-revision2.yaml`)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:1.7.9']))
  const history = await shoal(['rollout', 'history', 'deployment/nginx', '-n', name], { node: node.socket })
  expect(history.stdout).toMatch(/^1 .*test-cmd\n2\* .*1\.7\.9$/m)
  const undone = await shoal(['rollout', 'undo', 'deployment/nginx', '-n', name], { node: node.socket })
  expect(undone.code, undone.stderr).toBe(0)
  expect(await images()).toEqual(new Set(['k8s.gcr.io/nginx:test-cmd']))
})

test('[PUB11] deployment-multicontainer.yaml: pods of two containers', async () => {
  const name = await space()
  await apply(name, `${DATA}/deployment-multicontainer.yaml`)
  for (const { status } of await untilRunning(name, 3))
    expect(status.containerStatuses?.map((each) => each.name).sort()).toEqual(['nginx', 'perl'])
})

test('[PUB12] pod.yaml, pod-apply.yaml: a label of a pod that runs is changed, and nothing is started anew', async () => {
  const name = await space()
  await apply(name, `${DATA}/pod.yaml`)
  const [before] = await untilRunning(name)
  expect(before!.metadata.labels).toEqual({ name: 'test-pod-label' })
  await apply(name, `${DATA}/pod-apply.yaml`)
  await waitFor('the label', stretched(SOON_MS), async () =>
    (await pods(name)).some(({ metadata }) => metadata.labels['name'] === 'test-pod-applied'),
  )
  expect((await pods(name)).map(({ status }) => status.containerStatuses)).toEqual([before!.status.containerStatuses])
})

test('[PUB13] list.yaml: a Service and a Deployment in a List', async () => {
  const name = await space()
  await apply(name, `${DATA}/list.yaml`)
  const [pod] = await untilRunning(name)
  expect(await get(pod!, 80)).toContain('Welcome to nginx!')
})

test('[PUB14] kustomize/: settings of a ConfigMap in environment and arguments', async () => {
  const name = await space()
  await apply(name, ...['configmap', 'deployment', 'service'].map((each) => `${DATA}/kustomize/${each}.yaml`))
  for (const pod of await untilRunning(name, 3))
    expect(await get(pod, 8080)).toBe('Good Morning! --port=8080 --enableRiskyFeature=false\n')
})

test('[PUB15] scale-deploy-1.yaml: from one to three and back', async () => {
  const name = await space()
  await apply(name, `${DATA}/scale-deploy-1.yaml`)
  const [pod] = await untilRunning(name)
  expect(await get(pod!, 8080)).toBe('Hello World!\n')
  for (const replicas of [3, 1]) {
    const words = ['scale', 'deployment/scale-1', '--replicas', String(replicas), '-n', name]
    const scaled = await shoal(words, { node: node.socket })
    expect(scaled.code, scaled.stderr).toBe(0)
    await untilRunning(name, replicas)
  }
})

test('[PUB16] recursive/pod: all files of a folder, and what is broken in one is said before anything is changed', async () => {
  const name = await space()
  const broken = await shoal(['apply', '-f', publicManifest(`${DATA}/recursive/pod`), '-R', '-n', name], {
    node: node.socket,
  })
  expect(broken.code).not.toBe(0)
  expect(broken.stderr).toMatch(/busybox-broken.yaml.*kind/s)
  expect(await pods(name)).toEqual([])
  await apply(name, `${DATA}/recursive/pod/busybox.yaml`, `${DATA}/recursive/pod/pod/busybox.yaml`)
  await untilRunning(name, 2)
})

test('[PUB17] diff/: objects of four kinds that have no more than a name', async () => {
  const name = await space()
  await apply(name, ...['configmap', 'secret', 'pod', 'deployment'].map((each) => `${DATA}/diff/${each}.yaml`))
  await untilRunning(name, 4)
})

test('[PUB18] pod-with-precision.json: numbers as great as they come', async () => {
  const name = await space()
  await apply(name, `${DATA}/pod-with-precision.json`)
  await untilRunning(name)
})
