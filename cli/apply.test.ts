import { afterEach, expect, test } from 'vitest'
import { tried, understood, written, type Item, type Namespaces } from './applying.ts'
import { Client } from './client.ts'
import { CommandFailure } from './failure.ts'
import { Kinds, namedObjects } from './kinds.ts'
import { parseManifests, type Manifest } from './manifest.ts'
import { Mistakes } from './mistakes.ts'
import { failure, KINDS, SimNode } from './testing/sim-node.ts'
import type { Answers } from './testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

async function node(answers: Answers): Promise<{ node: SimNode; client: Client; kinds: Kinds }> {
  const started = await SimNode.start({ ...KINDS, ...answers })
  nodes.push(started)
  const client = new Client({ endpoints: [started.endpoint] })
  return { node: started, client, kinds: await Kinds.of(client) }
}

const WEB = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: -1\n'
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n'
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n'
const IN_DEFAULT = { fallback: 'default', asked: undefined }

const manifests = (...texts: readonly string[]): ReturnType<typeof parseManifests> =>
  parseManifests(texts.join('---\n'), 'web.yaml', new Mistakes())

/** With every mistake as its error. */
function understand(all: readonly Manifest[], kinds: Kinds, namespaces: Namespaces): readonly Item[] {
  const mistakes = new Mistakes()
  const items = understood(all, { kinds, namespaces, mistakes })
  mistakes.assertNone()
  return items
}

async function tryOn(client: Client, items: readonly Item[]): Promise<void> {
  const mistakes = new Mistakes()
  await tried(client, items, mistakes)
  mistakes.assertNone()
}

test.each([
  [
    'an unknown kind',
    WEB.replace('Deployment', 'Deploymnet'),
    'web.yaml:2:1: no kind "Deploymnet" in apiVersion "apps/v1"; did you mean "Deployment"? (there are Deployment, Service, Namespace, Pod)',
  ],
  [
    'an old version',
    WEB.replace('apps/v1', 'extensions/v1beta1'),
    'web.yaml:2:1: no kind "Deployment" in apiVersion "extensions/v1beta1": Deployment is served as apps/v1',
  ],
  ['what nobody writes', SERVICE.replace('Service', 'Pod'), 'web.yaml:2:1: a Pod cannot be applied: make a Deployment'],
  [
    'no name',
    SERVICE.replace('name: web', 'labels: {}'),
    'web.yaml:3:1: metadata.name: Required value: name the object',
  ],
  [
    'a name that is a number',
    SERVICE.replace('web', '7'),
    'web.yaml:4:3: metadata.name: Invalid value: 7: must be a text',
  ],
  ['an object twice', `${SERVICE}---\n${SERVICE}`, 'web.yaml:6:1: service "web" is there twice, first at web.yaml:1:1'],
])('[CLI30] %s is refused with its place before any is sent', async (_name, text, message) => {
  const { kinds } = await node({})
  expect(() => understand(manifests(text), kinds, IN_DEFAULT)).toThrow(
    `${message}\nNothing was changed, because of a mistake.`,
  )
})

test('[CLI30] all mistakes are told at once', async () => {
  const { kinds } = await node({})
  const both = manifests(WEB.replace('Deployment', 'Dep'), SERVICE.replace('Service', 'Svc'))
  expect(() => understand(both, kinds, IN_DEFAULT)).toThrow(
    /Dep[^]*Svc[^]*Nothing was changed, because of 2 mistakes\./,
  )
})

test('[CLI30] a namespace of the manifest and another of the command line do not go together', async () => {
  const { kinds } = await node({})
  const other = manifests(SERVICE.replace('name: web', 'name: web\n  namespace: shop'))
  expect(() => understand(other, kinds, { fallback: 'lab', asked: 'lab' })).toThrow(
    'web.yaml:5:3: says namespace "shop", the command line says "lab": leave one out',
  )
  expect(understand(other, kinds, { fallback: 'default', asked: undefined })[0]?.namespace).toBe('shop')
})

test('[CLI31] what the node finds wrong is told at the place of the field, and nothing is written', async () => {
  const causes = [{ field: 'spec.replicas', message: 'Invalid value: -1: must be greater than or equal to 0' }]
  const {
    node: asked,
    client,
    kinds,
  } = await node({
    'PATCH /apis/apps': failure(422, 'Invalid', 'Deployment.apps "web" is invalid', { causes }),
    'PATCH /api/v1': { headers: { 'shoal-change': 'created' } },
  })
  const items = understand(manifests(SERVICE, WEB), kinds, IN_DEFAULT)
  await expect(tryOn(client, items)).rejects.toThrow(
    'web.yaml:11:3: spec.replicas: Invalid value: -1: must be greater than or equal to 0\nNothing was changed, because of a mistake.',
  )
  const writes = asked.asked.filter(({ method }) => method === 'PATCH')
  expect(writes.every(({ query }) => query.get('dryRun') === 'All')).toBe(true)
})

test('[CLI31] a namespace that comes along is no mistake, another that is missing is', async () => {
  const missing = failure(404, 'NotFound', 'namespaces "shop" not found', { kind: 'namespaces', name: 'shop' })
  const { client, kinds } = await node({ 'PATCH /api/v1/namespaces/shop/': missing, 'PATCH ': {} })
  const inShop = SERVICE.replace('name: web', 'name: web\n  namespace: shop')
  await tryOn(client, understand(manifests(inShop, NAMESPACE), kinds, IN_DEFAULT))
  await expect(tryOn(client, understand(manifests(inShop), kinds, IN_DEFAULT))).rejects.toThrow(
    'web.yaml:5:3: there is no namespace "shop": create it, or add it to the manifests',
  )
})

test('[CLI32] namespaces are written first, and each change is told', async () => {
  const {
    node: asked,
    client,
    kinds,
  } = await node({ 'PATCH ': { status: 201, headers: { 'shoal-change': 'created' }, value: {} } })
  const told: string[] = []
  const items = understand(manifests(SERVICE, WEB, NAMESPACE), kinds, IN_DEFAULT)
  await written(client, items, ({ item, change }) => told.push(`${item.kind.kind} ${change}`))
  expect(told[0]).toBe('Namespace created')
  expect(told).toHaveLength(3)
  const [first] = asked.asked.filter(({ method }) => method === 'PATCH')
  expect(first).toMatchObject({
    path: '/api/v1/namespaces/shop',
    headers: { 'content-type': 'application/vnd.shoal.apply+json' },
    body: { kind: 'Namespace' },
  })
})

test('[CLI32] ConfigMaps and Secrets are written before what reads them', async () => {
  const { client, kinds } = await node({ 'PATCH ': {} })
  const [web, service] = understand(manifests(WEB, SERVICE), kinds, IN_DEFAULT) as [Item, Item]
  const like = (kind: string, plural: string): Item => ({ ...service, kind: { ...service.kind, kind, plural } })
  const told: string[] = []
  const items = [web, like('Secret', 'secrets'), service, like('ConfigMap', 'configmaps')]
  await written(client, items, ({ item }) => told.push(item.kind.kind))
  expect(told).toEqual(['Secret', 'ConfigMap', 'Deployment', 'Service'])
})

test('[CLI54] what was done is told in the order of the manifests, whatever order the answers come in', async () => {
  const asked: (() => void)[] = []
  const client = {
    ask: ({ path, method }: { path: string; method: string }) =>
      new Promise((answer, fail) => {
        const refusal = new CommandFailure('no room')
        const result = { status: 200, headers: { 'shoal-change': method }, body: {} }
        asked.push(() => (path.endsWith('/c') ? fail(refusal) : answer(result)))
        // The last is answered first.
        if (asked.length === 4) for (const each of asked.toReversed()) each()
      }),
  } as unknown as Client
  const { kinds } = await node({})
  const named = (name: string): string => SERVICE.replace('web', name)
  const items = understand(manifests(...['a', 'b', 'c', 'd'].map(named)), kinds, IN_DEFAULT)
  const told: string[] = []
  await expect(written(client, items, ({ item }) => told.push(item.name))).rejects.toThrow('no room')
  expect(told).toEqual(['a', 'b', 'd'])
})

test.each<[readonly string[], readonly string[]]>([
  [['pods'], ['Pod *']],
  [
    ['po', 'a', 'b'],
    ['Pod a', 'Pod b'],
  ],
  [
    ['deploy/web', 'svc/web'],
    ['Deployment web', 'Service web'],
  ],
  [['deployments.apps/web'], ['Deployment web']],
  [['pods,services'], ['Pod *', 'Service *']],
  [['NS', 'shop'], ['Namespace shop']],
])('[CLI33] %j names %j', async (words, found) => {
  const { kinds } = await node({})
  expect(namedObjects(kinds, words).map(({ kind, name }) => `${kind.kind} ${name ?? '*'}`)).toEqual(found)
})

test.each<[readonly string[], string]>([
  [['pdos'], 'there is no kind "pdos"; did you mean "pods"? (there are deployments, services, namespaces, pods)'],
  [['pods/'], '"pods/" names no object: write KIND/NAME, as deploy/web'],
  [['pods/a/b'], '"pods/a/b" names no object'],
  [[], 'name a kind, as in `shoal get pods`'],
])('[CLI33] %j names nothing', async (words, message) => {
  const { kinds } = await node({})
  expect(() => namedObjects(kinds, words)).toThrow(CommandFailure)
  expect(() => namedObjects(kinds, words)).toThrow(message)
})
