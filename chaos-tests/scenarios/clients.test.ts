/**
 * Real client libraries and Helm against real nodes: @kubernetes/client-node on each of them, its informer moved from node to node
 * while they die, Helm's releases on one node and another.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import * as kube from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { helm } from '../real/helm.ts'
import { contextOf, makeKubeconfig } from '../real/kubeconfig.ts'
import { kubectls, run, type Kubectl } from '../real/kubectl.ts'
import { stretched } from '../real/patience.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { FlippingProxy } from './flipping-proxy.ts'
import type { Ended } from './shoal.ts'

let cluster: ProcessCluster
let home: string
const NODES = [0, 1, 2] as const
const CHART = join(import.meta.dirname, '../fixtures/chart')

beforeAll(async () => {
  cluster = await ProcessCluster.start(3, { runtime: 'process', block: 150 + (process.pid % 20), apiTls: true })
  home = mkdtempSync(join(tmpdir(), 'shoal-clients-'))
  await makeKubeconfig(cluster, home)
})

afterAll(async () => {
  await cluster?.stop()
  if (home !== undefined) rmSync(home, { recursive: true, force: true })
})

const nodeAt = (at: number): ProcessNode => cluster.nodes[at] as ProcessNode

function configOf(node: ProcessNode): kube.KubeConfig {
  const config = new kube.KubeConfig()
  config.loadFromFile(join(home, 'kubeconfig'))
  config.setCurrentContext(contextOf(node))
  return config
}

const withType = (type: string): ReturnType<typeof kube.setHeaderOptions> => kube.setHeaderOptions('Content-Type', type)

async function makeNamespace(node: ProcessNode, name: string): Promise<void> {
  await node.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  onTestFinished(async () => void (await node.api('DELETE', `/api/v1/namespaces/${name}`)))
}

/** The others stand still meanwhile. */
async function cutOff(work: (node: ProcessNode) => Promise<void>): Promise<void> {
  const [first, ...others] = cluster.nodes as [ProcessNode, ...ProcessNode[]]
  for (const { pid } of others) process.kill(pid, 'SIGSTOP')
  try {
    await work(first)
  } finally {
    for (const { pid } of others) process.kill(pid, 'SIGCONT')
  }
  await cluster.waitAllSeeAll()
}

test.each(NODES)('[KUBE45] client-node reads and writes on node %d, in each kind of patch', async (at) => {
  await readsAndWrites(nodeAt(at), `client-${at}`)
})

test('[KUBE45] client-node does so on the one node that is cut off from the others', async () => {
  await cutOff((node) => readsAndWrites(node, 'client-cut-off'))
})

async function readsAndWrites(node: ProcessNode, namespace: string): Promise<void> {
  await makeNamespace(node, namespace)
  const config = configOf(node)
  const core = config.makeApiClient(kube.CoreV1Api)
  const apps = config.makeApiClient(kube.AppsV1Api)
  expect((await config.makeApiClient(kube.VersionApi).getCode()).gitVersion).toMatch(/^v1\.33\.0\+shoal-/)
  const name = 'settings'
  const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { a: '1' } } })
  expect(created.metadata?.uid).toBeDefined()
  const read = async (): Promise<kube.V1ConfigMap> => core.readNamespacedConfigMap({ name, namespace })
  const patch = (body: unknown, type: string, more: object = {}): Promise<kube.V1ConfigMap> =>
    core.patchNamespacedConfigMap({ name, namespace, body, ...more }, withType(type))
  await patch([{ op: 'add', path: '/data/b', value: '2' }], kube.PatchStrategy.JsonPatch)
  await patch({ data: { c: '3' } }, kube.PatchStrategy.MergePatch)
  await patch({ data: { d: '4' } }, kube.PatchStrategy.StrategicMergePatch)
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { e: '5' } }
  await patch(applied, kube.PatchStrategy.ServerSideApply, { fieldManager: 'client', force: true })
  expect((await read()).data).toEqual({ a: '1', b: '2', c: '3', d: '4', e: '5' })
  const [mine, stale] = [await read(), await read()]
  await core.replaceNamespacedConfigMap({ name, namespace, body: Object.assign(mine, { data: { a: '2' } }) })
  const conflict = await core
    .replaceNamespacedConfigMap({ name, namespace, body: stale })
    .catch((error: unknown) => error)
  expect(conflict).toMatchObject({ code: 409 })
  expect(await core.readNamespacedConfigMap({ name: 'nothing', namespace }).catch((error: unknown) => error)).toMatchObject({ code: 404 }) // prettier-ignore

  await apps.createNamespacedDeployment({ namespace, body: deployment('web', 0) })
  const containers = [{ name: 'main', env: [{ name: 'A', value: 'b' }] }]
  const merged = await apps.patchNamespacedDeployment(
    { name: 'web', namespace, body: { spec: { template: { spec: { containers } } } } },
    withType(kube.PatchStrategy.StrategicMergePatch),
  )
  expect(merged.spec?.template.spec?.containers).toMatchObject([{ image: 'shoal.dev/demo:1', env: [{ name: 'A' }] }])
  expect(await apps.readNamespacedDeploymentScale({ name: 'web', namespace })).toMatchObject({ spec: { replicas: 0 } })
  const list = await apps.listNamespacedDeployment({ namespace, labelSelector: 'app=web' })
  expect(list.items.map((item) => item.metadata?.name)).toEqual(['web'])

  const any = kube.KubernetesObjectApi.makeApiClient(config)
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'any', namespace },
    stringData: { key: 'value' },
  }
  await any.create(secret)
  await any.patch(
    { ...secret, stringData: { key: 'other' } },
    undefined,
    undefined,
    'any',
    true,
    kube.PatchStrategy.ServerSideApply,
  )
  expect(await any.read(secret)).toMatchObject({
    kind: 'Secret',
    data: { key: Buffer.from('other').toString('base64') },
  })
  expect((await any.list('v1', 'Secret', namespace)).items).toHaveLength(1)
  await any.delete(secret)
  await core.deleteNamespacedConfigMap({ name, namespace })
  expect((await core.listNamespacedConfigMap({ namespace })).items).toEqual([])
}

test.each(NODES)('[KUBE45] client-node watches on node %d, and hears of what is written', async (at) => {
  const namespace = `watch-${at}`
  await makeNamespace(nodeAt(at), namespace)
  const config = configOf(nodeAt(at))
  const core = config.makeApiClient(kube.CoreV1Api)
  const heard: string[] = []
  let why: unknown
  const watching = await new kube.Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { allowWatchBookmarks: true },
    (phase, object: kube.V1ConfigMap) => void heard.push(`${phase} ${object.metadata?.name ?? ''}`),
    (error) => void (why = error),
  )
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'one' } } })
  await core.deleteNamespacedConfigMap({ namespace, name: 'one' })
  await waitFor(`the events (${String(why)})`, stretched(10_000), () => heard.includes('DELETED one'))
  expect(heard.filter((each) => !each.startsWith('BOOKMARK'))).toEqual(['ADDED one', 'DELETED one'])
  watching.abort()
})

test.each(NODES)('[KUBE45, KUBE50, KUBE54] client-node has sessions, logs and measures from node %d', async (at) => {
  const namespace = `sessions-${at}`
  await makeNamespace(nodeAt(at), namespace)
  const config = configOf(nodeAt(at))
  const core = config.makeApiClient(kube.CoreV1Api)
  // On a node that is not asked.
  const other = nodeAt((at + 1) % NODES.length).name
  const pod = await core.createNamespacedPod({ namespace, body: serving('box', other) })
  expect(pod.metadata?.uid).toBeDefined()
  await waitFor('the pod to run', stretched(20_000), async () => {
    const { status } = await core.readNamespacedPod({ name: 'box', namespace })
    return status?.phase === 'Running'
  })

  const out = new Collected()
  const err = new Collected()
  const status = await new Promise<kube.V1Status>((resolve, reject) => {
    const command = ['sh', '-c', 'cat; echo err >&2; exit 3']
    new kube.Exec(config)
      .exec(namespace, 'box', 'main', command, out, err, Readable.from(['typed\n']), false, resolve)
      .catch(reject)
  })
  expect([out.text, err.text, status.status]).toEqual(['typed\n', 'err\n', 'Failure'])
  expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '3' }])

  const typed = new PassThrough()
  const heard = new Collected()
  const attached = await new kube.Attach(config).attach(namespace, 'box', 'main', heard, null, typed, false)
  typed.write('you\n')
  await waitFor('what is typed to be repeated', stretched(10_000), () => heard.text.includes('heard you\n'))
  attached.close()

  const page = new Collected()
  const asks = new PassThrough()
  const forward = await new kube.PortForward(config).portForward(namespace, 'box', [8080], page, null, asks)
  asks.write('GET /page HTTP/1.0\r\n\r\n')
  await waitFor('the page', stretched(10_000), () => page.text.includes('served\n'))
  if ('close' in forward) forward.close()

  const logs = new Collected()
  await new kube.Log(config).log(namespace, 'box', 'main', logs, { tailLines: 1 })
  await waitFor('the log', stretched(10_000), () => logs.text === 'heard you\n')

  const directory = mkdtempSync(join(home, 'cp-'))
  writeFileSync(join(directory, 'sent'), 'x'.repeat(300_000))
  // A folder: of a file alone it packs nothing. The way back it packs with gzip and never unpacks, on any cluster.
  await new kube.Cp(config).cpToPod(namespace, 'box', 'main', directory, '.')
  await waitFor('the file to be there', stretched(10_000), async () => {
    const size = new Collected()
    await new Promise<unknown>((resolve, reject) => {
      new kube.Exec(config).exec(namespace, 'box', 'main', ['sh', '-c', 'find . -name sent -size 300000c'], size, null, null, false, resolve).catch(reject) // prettier-ignore
    })
    return size.text.includes('sent')
  })

  const metrics = new kube.Metrics(config)
  expect((await metrics.getNodeMetrics()).items).toHaveLength(NODES.length)
  expect((await kube.topNodes(core)).map(({ Node }) => Node.metadata?.name)).toContain(other)
})

interface Discovered {
  readonly groupVersion: string
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[]
}

test.each(NODES)('[KUBE48] one client watches all kinds at once on node %d, from the beginning', async (at) => {
  const node = nodeAt(at)
  const { groups } = await node.ok<kube.V1APIGroupList>('GET', '/apis')
  const roots = [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`)),
  ]
  const found = await Promise.all(roots.map(async (root) => ({ root, ...(await node.ok<Discovered>('GET', root)) })))
  const paths = found.flatMap(({ root, resources }) =>
    resources.flatMap(({ name, verbs }) => (verbs.includes('watch') ? [`${root}/${name}`] : [])),
  )
  expect(paths.length).toBeGreaterThan(10)
  const FROM_BEGINNING = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const watched = await Promise.all(
    paths.map(async (path) => {
      const [list, begun, strange] = await Promise.all([
        node.ok<{ items: unknown[] }>('GET', path),
        node.api('GET', `${path}?watch=true&timeoutSeconds=1&${FROM_BEGINNING}`),
        node.api('GET', `${path}?watch=true&timeoutSeconds=1&resourceVersion=1`),
      ])
      return { path, list, events: eventsOf(begun.body), strange: eventsOf(strange.body) }
    }),
  )
  for (const { path, list, events, strange } of watched) {
    const end = events.findIndex(({ object }) => object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true')
    expect([path, end >= 0, events[end]?.type]).toEqual([path, true, 'BOOKMARK'])
    expect([path, events.slice(0, end).filter(({ type }) => type === 'ADDED').length]).toEqual([
      path,
      list.items.length,
    ])
    expect([path, strange.map(({ type, object }) => [type, object.code])]).toEqual([path, [['ERROR', 410]]])
  }
})

interface Seen {
  readonly type: string
  readonly object: kube.KubernetesObject & { readonly code?: number }
}

/** Of a watch that has ended: one that told of a single event is an object already. */
function eventsOf(body: unknown): readonly Seen[] {
  if (typeof body !== 'string') return [body as Seen]
  const lines = body.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Seen)
}

test('[KUBE46] an informer that is moved from node to node while they die ends with all there is', async () => {
  const [first, second, third] = cluster.nodes as [ProcessNode, ProcessNode, ProcessNode]
  const namespace = 'informed'
  await makeNamespace(first, namespace)
  const proxy = new FlippingProxy(first.hostAddress)
  onTestFinished(() => proxy.close())
  const config = configOf(first)
  const port = await proxy.listen()
  config.clusters = config.clusters.map((each) => ({ ...each, server: `https://127.0.0.1:${port}` }))
  const core = config.makeApiClient(kube.CoreV1Api)
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const informer = kube.makeInformer<kube.V1ConfigMap>(config, path, () => core.listNamespacedConfigMap({ namespace }))
  const isOver = { yet: false }
  // As its documentation has it: it is started again after each error.
  const startAgain = (): void => {
    if (!isOver.yet) setTimeout(() => void informer.start().catch(startAgain), 50)
  }
  informer.on('error', startAgain)
  onTestFinished(async () => {
    isOver.yet = true
    await informer.stop()
  })
  await informer.start()

  let written = 0
  const write = async (node: ProcessNode, count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      const name = `key-${(written += 1) % 40}`
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { written: String(written) } }
      const answer = await node.api('POST', path, body)
      if (answer.status !== 409) continue
      // Every fifth goes, the others get a new content.
      await (written % 5 === 0 ? node.ok('DELETE', `${path}/${name}`) : node.ok('PUT', `${path}/${name}`, body))
    }
  }
  await write(first, 40)
  for (const round of [1]) {
    proxy.flip(second.hostAddress)
    await Promise.all([write(third, 30), write(first, 30)])
    // The node that the informer listens to dies in the middle of it.
    const writing = write(first, 20 * round)
    await second.killAgent()
    proxy.flip(third.hostAddress)
    await writing
    await second.restart()
    await cluster.waitAllSeeAll()
    proxy.flip(first.hostAddress)
  }
  const truth = async (): Promise<string> => {
    const { items } = await first.ok<kube.V1ConfigMapList>('GET', path)
    return JSON.stringify(items.map(said).toSorted())
  }
  const cached = (): string => JSON.stringify(informer.list(namespace).map(said).toSorted())
  await waitFor('its cache to be what is there', stretched(20_000), async () => cached() === (await truth()))
  expect(JSON.parse(cached())).not.toHaveLength(0)
})

const said = ({ metadata, data }: kube.V1ConfigMap): string => `${metadata?.name} ${data?.['written']}`

interface Release {
  readonly node: ProcessNode
  readonly namespace: string
}

async function helmed(words: string, { node, namespace }: Release): Promise<Ended> {
  const all = [...words.split(' '), '--namespace', namespace]
  const done = await helm(all, { home, context: contextOf(node) })
  expect(done, `${words}: ${done.stderr}`).toMatchObject({ code: 0 })
  return done
}

/** A release from its beginning to its end, each step on the next of the nodes. */
async function released(nodes: readonly ProcessNode[], namespace: string): Promise<void> {
  let step = 0
  const next = (): Release => ({ node: nodes[(step += 1) % nodes.length] as ProcessNode, namespace })
  const greeting = async (): Promise<string | undefined> =>
    (
      await (nodes[0] as ProcessNode).ok<kube.V1ConfigMap>(
        'GET',
        `/api/v1/namespaces/${namespace}/configmaps/shop-settings`,
      )
    ).data?.['greeting']
  const reaches = (wanted: string): Promise<number> =>
    waitFor(`all to have ${wanted}`, stretched(10_000), async () => (await greeting()) === wanted)
  await helmed(`install shop ${CHART} --wait --timeout 60s --create-namespace`, next())
  await reaches('hello')
  const upgraded = await helmed(`upgrade shop ${CHART} --set greeting=bye,replicaCount=2 --wait --timeout 60s`, next())
  expect(upgraded.stdout).toContain('REVISION: 2')
  await reaches('bye')
  const shelves = `/apis/shop.example.com/v1/namespaces/${namespace}/shelves`
  await waitFor('the object of the kind that the chart brings to follow', stretched(10_000), async () => {
    const shelf = await (nodes[0] as ProcessNode).ok<{ spec: { boards: number } }>('GET', `${shelves}/shop`)
    return shelf.spec.boards === 2
  })
  const { stdout: history } = await helmed('history shop -o json', next())
  expect((JSON.parse(history) as { status: string }[]).map(({ status }) => status)).toEqual(['superseded', 'deployed'])
  await helmed('rollback shop 1 --wait --timeout 60s', next())
  await reaches('hello')
  const status = JSON.parse((await helmed('status shop -o json', next())).stdout) as { version: number }
  expect(status.version).toBe(3)
  await helmed('uninstall shop', next())
  await waitFor('nothing of it to be left', stretched(20_000), async () => {
    const kinds = ['configmaps', 'secrets', 'services', 'pods'].map(
      (plural) => `/api/v1/namespaces/${namespace}/${plural}`,
    )
    const paths = [...kinds, shelves, `/apis/apps/v1/namespaces/${namespace}/deployments`]
    const lists = await Promise.all(
      paths.map((each) => (nodes[0] as ProcessNode).ok<{ items: kube.KubernetesObject[] }>('GET', each)),
    )
    // Helm leaves what its hooks made.
    return lists.every(({ items }) => items.every(({ metadata }) => metadata?.name === 'shop-before'))
  })
  await (nodes[0] as ProcessNode).api('DELETE', `/api/v1/namespaces/${namespace}`)
}

test('[KUBE47] Helm installs, upgrades, rolls back and uninstalls, each step on another node', async () => {
  await released(cluster.nodes, 'helm')
})

test('[KUBE47] Helm does it all on the one node that is cut off from the others', async () => {
  await cutOff((node) => released([node], 'helm-cut-off'))
})

test('[KUBE47] what `helm create` makes is templated and applied, and installed', async () => {
  const [first, second] = cluster.nodes as [ProcessNode, ProcessNode]
  const namespace = 'created'
  await makeNamespace(first, namespace)
  const directory = mkdtempSync(join(home, 'charts-'))
  await helmed(`create ${directory}/app`, { node: first, namespace })
  const { stdout: manifest } = await helmed(`template made ${directory}/app`, { node: first, namespace })
  const [kubectl] = kubectls() as [Kubectl]
  const asking = { home, context: contextOf(second), input: manifest }
  const applied = await run(kubectl, ['apply', '-n', namespace, '-f', '-'], asking)
  expect(applied, applied.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('deployment.apps/made-app'),
  })
  const deleted = await run(kubectl, ['delete', '-n', namespace, '-f', '-'], asking)
  expect(deleted, deleted.stderr).toMatchObject({ code: 0 })
  await helmed(`install own ${directory}/app`, { node: second, namespace })
  await helmed('uninstall own', { node: first, namespace })
})

function deployment(name: string, replicas: number): kube.V1Deployment {
  const labels = { app: name }
  return {
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'shoal.dev/demo:1' }] } },
    },
  }
}

/** Serves a page on its port 8080, and repeats what is typed. */
function serving(name: string, node: string): kube.V1Pod {
  const script =
    'mkdir www; echo served >www/page; busybox httpd -h www -p $POD_IP:8080; while read -r line; do echo "heard $line"; done; sleep 1000'
  return {
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        {
          name: 'main',
          image: 'busybox',
          stdin: true,
          env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          command: ['busybox', 'sh', '-c', script],
        },
      ],
    },
  }
}

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}
