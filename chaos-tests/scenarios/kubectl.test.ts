/**
 * Real kubectls against real nodes: with one kubeconfig, each does what `kubectl-commands.ts` says, on whichever node it asks.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { begin, kubectls, run, type Kubectl } from '../real/kubectl.ts'
import { contextOf, makeKubeconfig } from '../real/kubeconfig.ts'
import { stretched } from '../real/patience.ts'
import { ProcessCluster, waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { BEGIN, END, SECTIONS } from './kubectl-commands.ts'
import type { Section } from './kubectl/row.ts'
import { walked, type Walk } from './kubectl/walk.ts'
import type { SeenPod } from './facts.ts'
import { shoal, type Ended } from './shoal.ts'

/** Each kubectl all of it, everywhere: several minutes. */
const EVERY_WALK = process.env['SHOAL_EVERY_WALK'] === '1'
const WALKS_MS_MAX = 600_000

let cluster: ProcessCluster
let home: string
const all = kubectls()
const [oldest] = all as [Kubectl]
const newest = all.at(-1) as Kubectl

beforeAll(async () => {
  cluster = await ProcessCluster.start(3, { runtime: 'process', block: 120 + (process.pid % 20), apiTls: true })
  home = mkdtempSync(join(tmpdir(), 'shoal-kubectl-'))
  await makeKubeconfig(cluster, home)
})

afterAll(async () => {
  await cluster?.stop()
  if (home !== undefined) rmSync(home, { recursive: true, force: true })
})

/** The table, apart from what makes the namespace. */
function rowsOf(sections: readonly Section[], mayTake: (at: number) => boolean): readonly Section[] {
  return [BEGIN, ...sections.filter((_section, at) => EVERY_WALK || mayTake(at)), END]
}

const walk = (kubectl: Kubectl, node: ProcessNode, at: string): Walk => ({
  kubectl,
  node: node.name,
  context: contextOf(node),
  namespace: `k${kubectl.minor}-${at}`,
  home,
})

/** Of those between the oldest and the newest each takes its part of the sections: a walk takes half a minute. */
const between = Math.max(1, all.length - 2)
const takes =
  (index: number) =>
  (at: number): boolean =>
    index === 0 || index === all.length - 1 || at % between === index - 1

test.each(all.map((kubectl, index) => [`1.${kubectl.minor}`, kubectl, index] as const))(
  '[KUBE40] kubectl %s does what it says, on whichever node',
  async (_version, kubectl, index) => {
    const { nodes } = cluster
    const wrong = await Promise.all(
      nodes.map((node, place) =>
        walked(
          walk(kubectl, node, `${place}`),
          rowsOf(SECTIONS, (at) => takes(index)(at) && at % nodes.length === place),
        ),
      ),
    )
    expect(wrong.flat().join('\n')).toBe('')
  },
  WALKS_MS_MAX,
)

test(
  '[KUBE44] kubectl goes on on the one node that is cut off from the others, which tells so, and they have it all after',
  async () => {
    const [first, ...others] = cluster.nodes as [ProcessNode, ...ProcessNode[]]
    for (const { pid } of others) process.kill(pid, 'SIGSTOP')
    try {
      await waitFor('the first to hold the others to be lost', stretched(40_000), async () => {
        const nodes = await first.ok<{ items: { status: { conditions: { reason?: string }[] } }[] }>(
          'GET',
          '/api/v1/nodes',
        )
        return nodes.items.filter(({ status }) => status.conditions[0]?.reason === 'NodeLost').length === others.length
      })
      const wrong = await Promise.all(
        all.map((kubectl, index) =>
          walked(
            { ...walk(kubectl, first, 'cut-off'), isCutOff: true },
            rowsOf(SECTIONS, (at) => at % all.length === index),
          ),
        ),
      )
      expect(wrong.flat().join('\n')).toBe('')
      await run(newest, ['create', 'ns', 'kept'], { home, context: contextOf(first) })
    } finally {
      for (const { pid } of others) process.kill(pid, 'SIGCONT')
    }
    await cluster.waitAllSeeAll()
    await waitFor('the others to have what was written meanwhile', stretched(20_000), async () => {
      const names = await Promise.all(
        others.map((node) => node.ok<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/namespaces')),
      )
      return names.every(({ items }) => items.some(({ metadata }) => metadata.name === 'kept'))
    })
  },
  WALKS_MS_MAX,
)

test('[KUBE41] kubectl checks the node, and the node its user', async () => {
  const node = cluster.nodes[0] as ProcessNode
  const own = mkdtempSync(join(home, 'own-'))
  const change = async (edit: (config: Loose) => void): Promise<string> => {
    const config = parse(readFileSync(join(home, 'kubeconfig'), 'utf8'))
    edit(config)
    writeFileSync(join(own, 'kubeconfig'), stringify(config))
    const { code, stderr } = await run(newest, ['get', 'ns'], { home: own, context: contextOf(node) })
    expect(code).toBe(1)
    return stderr
  }
  const nobody = await change(({ users }) => (users[0].user = { token: 'nobody' }))
  expect(nobody).toContain('You must be logged in to the server')
  const elsewhere = await change(({ clusters }) => {
    for (const each of clusters) each.cluster['tls-server-name'] = 'elsewhere'
  })
  expect(elsewhere).toMatch(/certificate is valid for .*shoal.*, not elsewhere/)
  const strange = await change(({ clusters }) => {
    for (const each of clusters) delete each.cluster['certificate-authority-data']
  })
  expect(strange).toContain('certificate signed by unknown authority')
})

const each = test.each(all.map((kubectl) => [`1.${kubectl.minor}`, kubectl] as const))

interface Box {
  readonly name: string
  /** A node where it does not run. */
  readonly far: ProcessNode
}

/** A pod of the test that serves a page on its port 8080, and repeats what is typed. */
async function box(): Promise<Box> {
  const [first] = cluster.nodes as [ProcessNode]
  const name = `box-${(boxes += 1)}`
  const script =
    'mkdir www; echo served >www/page; busybox httpd -h www -p $POD_IP:8080; while read -r line; do echo "heard $line"; done; sleep 1000'
  const container = {
    name: 'main',
    image: 'busybox',
    stdin: true,
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    command: ['busybox', 'sh', '-c', script],
  }
  await first.ok('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  })
  let at: string | undefined
  await waitFor(`${name} to run`, stretched(20_000), async () => {
    const views = cluster.nodes.map((node) =>
      node.ok<SeenPod>('GET', `/api/v1/namespaces/default/pods/${name}`).catch(() => undefined),
    )
    const pods = await Promise.all(views)
    at = pods[0]?.spec.nodeName
    return pods.every((pod) => pod?.status.phase === 'Running')
  })
  onTestFinished(async () => void (await first.ok('DELETE', `/api/v1/namespaces/default/pods/${name}`)))
  return { name, far: cluster.nodes.find((node) => node.name !== at) as ProcessNode }
}
let boxes = 0

/** Without a space in it: words are cut at them. */
const SCRIPT = 'echo${IFS}out;echo${IFS}err>&2;exit${IFS}7'

each(
  '[KUBE50, KUBE53] kubectl %s runs commands in a pod of another node, and copies files',
  async (_version, kubectl) => {
    const { name, far } = await box()
    const on = (words: string, input?: string): Promise<Ended> =>
      run(kubectl, words.split(' '), { home, context: contextOf(far), ...(input === undefined ? {} : { input }) })
    const failing = await on(`exec ${name} -- sh -c ${SCRIPT}`)
    expect(failing).toMatchObject({ code: 7, stdout: 'out\n', stderr: expect.stringMatching(/^err\n/) })
    const counted = await on(`exec -i ${name} -- wc -c`, 'x'.repeat(3_000_000))
    expect(counted, counted.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\s*3000000\n$/) })
    const long = await on(`exec ${name} -- head -c 3000000 /dev/zero`)
    expect([long.code, long.stdout.length]).toEqual([0, 3_000_000])
    const directory = mkdtempSync(join(home, 'cp-'))
    writeFileSync(join(directory, 'large'), 'x'.repeat(3_000_000))
    expect(await on(`cp ${directory}/large ${name}:copied`)).toMatchObject({ code: 0 })
    expect(await on(`cp ${name}:copied ${directory}/back`)).toMatchObject({ code: 0 })
    expect(readFileSync(join(directory, 'back'), 'utf8')).toHaveLength(3_000_000)
  },
)

each('[KUBE50, KUBE53] kubectl %s speaks with what a pod of another node began with', async (_version, kubectl) => {
  const { name, far } = await box()
  const attached = begin(kubectl, ['attach', '-i', name], { home, context: contextOf(far) })
  onTestFinished(() => void attached.kill('SIGKILL'))
  let heard = ''
  for (const stream of [attached.stdout, attached.stderr])
    stream.on('data', (chunk: Buffer) => (heard += String(chunk)))
  await waitFor(`it to answer: ${heard}`, stretched(20_000), () => {
    attached.stdin.write('you\n')
    return heard.includes('heard you\n')
  })
})

each('[KUBE54] kubectl %s has ports of a pod of another node, side by side', async (_version, kubectl) => {
  const { name, far } = await box()
  const forward = begin(kubectl, ['port-forward', name, ':8080'], { home, context: contextOf(far) })
  onTestFinished(() => void forward.kill('SIGKILL'))
  let [printed, said] = ['', '']
  forward.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)))
  forward.stderr.on('data', (chunk: Buffer) => (said += String(chunk)))
  const port = (): string | undefined => /127\.0\.0\.1:(\d+) -> 8080/.exec(printed)?.[1]
  await waitFor('it to listen', stretched(20_000), () => port() !== undefined)
  const ask = async (): Promise<string> => fetch(`http://127.0.0.1:${port()}/page`).then((page) => page.text(), String)
  const pages = await Promise.all(Array.from({ length: 20 }, ask))
  expect(pages, said).toEqual(pages.map(() => 'served\n'))
})

test('[KUBE42] kubectl prints who cannot be reached', async () => {
  const [first, ...others] = cluster.nodes as [ProcessNode, ...ProcessNode[]]
  // Silent, as a machine behind a cut cable; one that refuses connections is known to be down.
  for (const { pid } of others) process.kill(pid, 'SIGSTOP')
  try {
    for (const kubectl of [oldest, newest]) {
      await waitFor('the first to miss the others', stretched(20_000), async () => {
        const { code, stderr } = await run(kubectl, ['get', 'ns', '-o', 'name'], { home, context: contextOf(first) })
        expect(code, stderr).toBe(0)
        return stderr.includes('Warning: unreachable: ') && others.every(({ name }) => stderr.includes(name))
      })
    }
  } finally {
    for (const { pid } of others) process.kill(pid, 'SIGCONT')
  }
})

test('[KUBE43] by one name kubectl finds a node that lives, also when the founder is gone', async () => {
  const [first, second, third] = cluster.nodes as [ProcessNode, ProcessNode, ProcessNode]
  const hosts = ['127.0.0.1\tlocalhost', ...cluster.nodes.map(({ hostAddress }) => `${hostAddress}\tshoal`)]
  const names = async (context: string): Promise<void> => {
    for (const kubectl of [oldest, newest]) {
      const got = await run(kubectl, ['get', 'ns', '-o', 'name'], { home, context, hosts })
      expect(got, got.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('namespace/default') })
    }
  }
  await names('shoal')
  await first.killAgent()
  await second.killAgent()
  await names('shoal')
  const made = await shoal(['kubeconfig', '--user', 'basil', '-o', join(home, 'kubeconfig')], { node: third.socket })
  expect(made, made.stderr).toMatchObject({ code: 0 })
  await names(contextOf(third))
})

// oxlint-disable-next-line typescript/no-explicit-any -- a kubeconfig is changed at will
type Loose = any
