import { afterEach, expect, test } from 'vitest'
import { runIn } from '../testing/run-in.ts'
import type { Ran } from '../testing/run-in.ts'
import { KINDS, SimNode, type Said } from '../testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  process.exitCode = undefined
})

const REVISION = 'deployment.kubernetes.io/revision'
const WEB = '/apis/apps/v1/namespaces/default/deployments/web'

const set = (number: number, image: string, uid = 'u') => ({
  metadata: {
    name: `web-h${number}`,
    annotations: { [REVISION]: `${number}` },
    creationTimestamp: '2026-01-01T00:00:00Z',
    ownerReferences: [{ kind: 'Deployment', name: 'web', uid }],
  },
  spec: {
    template: {
      metadata: { labels: { app: 'web', 'pod-template-hash': `h${number}` } },
      spec: { containers: [{ name: 'web', image }] },
    },
  },
  status: { replicas: number, readyReplicas: 1 },
})

interface Ended extends Ran {
  readonly node: SimNode
  readonly patches: readonly { readonly contentType: unknown; readonly body: unknown }[]
}

async function run(
  args: readonly string[],
  {
    sets = [set(3, 'nginx:3'), set(1, 'nginx:1'), set(2, 'nginx:2'), set(9, 'other:9', 'other')],
    revisions = [],
    undone = { value: { revision: 2, restored: [] } },
  }: { sets?: readonly object[]; revisions?: readonly object[]; undone?: Said } = {},
): Promise<Ended> {
  const deployment = {
    metadata: { name: 'web', namespace: 'default', generation: 1, uid: 'u', annotations: { [REVISION]: '3' } },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'web' }, { name: 'side' }] } } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
  }
  const node = await SimNode.start({
    ...KINDS,
    [`PATCH ${WEB}`]: { value: deployment },
    [`GET ${WEB}`]: { value: deployment },
    'POST /shoal/v1/undo': undone,
    'GET /apis/apps/v1/namespaces/default/replicasets': { value: { items: sets } },
    'GET /shoal/v1/revisions': { value: { revisions } },
    'GET /api/v1/namespaces/default/pods': { value: { items: [] } },
  })
  nodes.push(node)
  const ran = await runIn({ SHOAL_NODE: node.address }, args)
  const patches = node.asked
    .filter(({ method }) => method === 'PATCH')
    .map(({ headers, body }) => ({ contentType: headers['content-type'], body }))
  return { ...ran, node, patches }
}

test('[CLI81] history lists the revisions of this Deployment, oldest first, and marks the present one', async () => {
  const { out, code } = await run(['rollout', 'history', 'web'])
  expect(code).toBe(0)
  expect(out.split('\n').map((line) => line.split(/ {2,}/).toSpliced(1, 1))).toEqual([
    ['deployment.apps/web'],
    ['REVISION', 'READY', 'IMAGES'],
    ['1', '1/1', 'nginx:1'],
    ['2', '1/2', 'nginx:2'],
    ['3*', '1/3', 'nginx:3'],
    [''],
  ])
})

const spoilt = (number: number, image: string) => {
  const { metadata, ...rest } = set(number, image)
  return { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, 'shoal.dev/given-up': 'true' } } }
}

test('[CLI81, HIST2] history says which revision was given up, and undo passes it by', async () => {
  const sets = [set(1, 'nginx:1'), spoilt(2, 'nginx:2'), set(3, 'nginx:3')]
  const { out } = await run(['rollout', 'history', 'web'], { sets })
  expect(out).toMatch(/^REVISION +AGE +READY +IMAGES +NOTE$/m)
  expect(out).toMatch(/^2 .* given up: it missed its deadline$/m)
  expect(out).toMatch(/^3\* .*nginx:3$/m)
  const { node } = await run(['rollout', 'undo', 'web', '--no-wait'], { sets })
  expect(node.asked.find(({ path }) => path === '/shoal/v1/undo')?.query.get('toRevision')).toBe('1')
})

test('[HIST2] undo goes to no revision that was given up unless it is named', async () => {
  const sets = [spoilt(2, 'nginx:2'), set(3, 'nginx:3')]
  expect((await run(['rollout', 'undo', 'web'], { sets })).err).toContain(
    'no revision to go back to: 2 missed its deadline',
  )
  const { node } = await run(['rollout', 'undo', 'web', '--to-revision', '2', '--no-wait'], { sets })
  expect(node.asked.find(({ path }) => path === '/shoal/v1/undo')?.query.get('toRevision')).toBe('2')
})

test('[CLI81] history of one revision shows what it runs, without the label that names it', async () => {
  const { out } = await run(['rollout', 'history', 'deploy/web', '--revision', '2'])
  expect(out).toContain('image: nginx:2')
  expect(out).not.toContain('pod-template-hash')
})

const REVISIONS = [
  { number: 1, configs: [] },
  {
    number: 2,
    configs: [
      { kind: 'ConfigMap', name: 'app', is: 'differs', data: { level: 'info' } },
      { kind: 'Secret', name: 'db', is: 'deleted' },
    ],
  },
  { number: 3, configs: [{ kind: 'Secret', name: 'db', is: 'same', keys: ['password'] }] },
]

test('[CLI131] history names the ConfigMaps and Secrets of each revision, and says where they are others now', async () => {
  const { out } = await run(['rollout', 'history', 'web'], { revisions: REVISIONS })
  expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(3))).toEqual([
    [],
    ['IMAGES', 'CONFIG'],
    ['nginx:1'],
    ['nginx:2', 'ConfigMap/app (differs from now), Secret/db (deleted)'],
    ['nginx:3', 'Secret/db'],
    [],
  ])
  const one = await run(['rollout', 'history', 'web', '--revision', '2'], { revisions: REVISIONS })
  expect(one.out).toContain('image: nginx:2')
  expect(one.out).toMatch(
    /config:\n +ConfigMap\/app:\n +is: differs from now\n +data:\n +level: info\n +Secret\/db:\n +is: deleted/,
  )
})

const askedOf = ({ node }: Ended): object[] =>
  node.asked
    .filter(({ method }) => method === 'POST')
    .map(({ path, query }) => ({ path, ...Object.fromEntries(query) }))
const WORKLOAD = { path: '/shoal/v1/undo', workload: 'apps/Deployment/default/web' }

test.each([
  [['rollout', 'undo', 'web'], 2],
  [['rollout', 'undo', 'web', '--to-revision', '1'], 1],
])('[CLI82] %s asks for that revision, and waits', async (args, number) => {
  const ran = await run(args)
  expect(ran).toMatchObject({ code: 0, out: `deployment.apps/web rolled back to revision ${number}\n`, patches: [] })
  expect(askedOf(ran)).toEqual([{ ...WORKLOAD, toRevision: `${number}` }])
  expect(ran.err).toContain('1/1 ready, done')
})

test('[CLI132] undo says which ConfigMaps and Secrets came back, and leaves them with --template-only', async () => {
  const undone = { value: { revision: 2, restored: ['ConfigMap/app', 'Secret/db'] } }
  const { out } = await run(['rollout', 'undo', 'web'], { undone })
  expect(out).toBe('ConfigMap/app restored\nSecret/db restored\ndeployment.apps/web rolled back to revision 2\n')
  const bare = await run(['rollout', 'undo', 'web', '--template-only'])
  expect(askedOf(bare)).toEqual([{ ...WORKLOAD, toRevision: '2', templateOnly: 'true' }])
})

test('[CLI132] what cannot be restored is told in the words of the node', async () => {
  const message = 'web cannot go back to revision 2 as it was: ConfigMap/app cannot be restored: it was deleted'
  const undone = { status: 422, value: { kind: 'Status', message, reason: 'Invalid', code: 422 } }
  const { code, err } = await run(['rollout', 'undo', 'web'], { undone })
  expect({ code, err }).toEqual({ code: 1, err: `error: ${message}\n` })
})

test.each([
  [['--to-revision', '9'], {}, 'web has no revision 9: there are 1, 2'],
  [['--to-revision', '3'], {}, 'web is at revision 3 already (there are also 1, 2)'],
  [['--to-revision', 'two'], {}, '--to-revision "two": must be the number of a revision'],
  [[], { sets: [set(3, 'nginx:3')] }, 'web has no revision before this one: nothing was rolled out before'],
])('[CLI82] undo %s is refused with what there is', async (flags, state, message) => {
  const ran = await run(['rollout', 'undo', 'web', ...flags], state)
  expect({ code: ran.code, asked: askedOf(ran) }).toEqual({ code: 1, asked: [] })
  expect(ran.err).toContain(message)
})

test('[CLI83] restart, pause and resume change what kubectl changes', async () => {
  const { patches } = await run(['rollout', 'restart', 'web'])
  expect(patches).toMatchObject([
    {
      contentType: 'application/merge-patch+json',
      body: {
        spec: {
          template: {
            metadata: {
              annotations: { 'kubectl.kubernetes.io/restartedAt': expect.stringMatching(/^\d{4}-.*Z$/) as string },
            },
          },
        },
      },
    },
  ])
  expect((await run(['rollout', 'pause', 'web'])).patches).toMatchObject([{ body: { spec: { paused: true } } }])
  expect((await run(['rollout', 'resume', 'web'])).patches).toMatchObject([{ body: { spec: { paused: null } } }])
})

test('[CLI83] what is no Deployment is not rolled out', async () => {
  const { code, err } = await run(['rollout', 'status', 'svc/web'])
  expect({ code, err }).toEqual({
    code: 1,
    err: 'error: a Service is not rolled out: name a Deployment, as `shoal rollout status web`\n',
  })
})

test.each([
  [['web=nginx:4'], [{ name: 'web', image: 'nginx:4' }]],
  [['*=nginx:4', 'side=log:1'], [{ name: 'web', image: 'nginx:4' }, { name: 'side', image: 'log:1' }]], // prettier-ignore
])('[CLI84] set image %s gives those containers another image', async (images, containers) => {
  const { patches, out } = await run(['set', 'image', 'web', ...images])
  expect(out).toBe('deployment.apps/web image updated\n')
  expect(patches).toEqual([
    {
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { template: { spec: { containers } } } },
    },
  ])
})

test.each([
  ['wbe=nginx:4', 'web has no container "wbe"; did you mean "web"? (there are web, side)'],
  ['nginx:4', '"nginx:4" names no image: write CONTAINER=IMAGE'],
])('[CLI84] set image %s is refused', async (image, message) => {
  const { err, patches } = await run(['set', 'image', 'web', image])
  expect(patches).toEqual([])
  expect(err).toContain(message)
})
