import { afterEach, expect, test } from 'vitest'
import { runIn } from '../testing/run-in.ts'
import { failure, KINDS, SimNode } from '../testing/sim-node.ts'
import type { Answers, Asked } from '../testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  process.exitCode = undefined
})

const AMBER = '/api/v1/nodes/amber'
const OWNED = { ownerReferences: [{ kind: 'ReplicaSet', name: 'web-h', uid: 'r' }] }
const pod = (name: string, metadata: object = OWNED, spec: object = {}) => ({
  metadata: { name, namespace: 'shop', uid: name, ...metadata },
  spec,
  status: { phase: 'Running' },
})

async function run(args: readonly string[], answers: Answers = {}) {
  const node = await SimNode.start({
    ...answers,
    ...KINDS,
    [`PATCH ${AMBER}`]: { value: {} },
    [`GET ${AMBER}`]: { value: { metadata: { name: 'amber' } } },
    'GET /api/v1/pods': answers['GET /api/v1/pods'] ?? { value: { items: [] } },
    'GET /shoal/v1/leaving': answers['GET /shoal/v1/leaving'] ?? { value: { leaving: [] } },
    'DELETE /api/v1/namespaces/shop/pods': { value: {} },
  })
  nodes.push(node)
  const ran = await runIn({ SHOAL_NODE: node.address }, args)
  const asked = (method: string): Asked[] => node.asked.filter((each) => each.method === method)
  return {
    ...ran,
    patches: asked('PATCH').map(({ body }) => body),
    deletes: asked('DELETE').map(({ path }) => path),
    node,
  }
}

/** One list after the other, the last one ever after. */
function inTurn(...values: readonly unknown[]) {
  let turn = 0
  return () => ({ value: values[Math.min(turn++, values.length - 1)] })
}

const annotation = (value: string | null) => ({ metadata: { annotations: { 'shoal.dev/drain': value } } })

test.each([
  ['cordon', true],
  ['uncordon', null],
] as const)('[CLI86] %s writes what kubectl writes, and ends a drain', async (verb, unschedulable) => {
  const { code, out, patches } = await run([verb, 'node/amber'])
  expect({ code, out }).toEqual({ code: 0, out: `node/amber ${verb}ed\n` })
  expect(patches).toEqual([{ ...annotation(null), spec: { unschedulable } }])
})

test('[CLI86] a dry run of cordon is one on the node', async () => {
  const { node } = await run(['cordon', 'amber', '--dry-run'])
  expect(node.asked.map(({ query }) => query.get('dryRun'))).toEqual(['All'])
})

test('[CLI87] drain refuses what would be lost, names it, and changes nothing', async () => {
  const items = [pod('web'), pod('lone', {}), pod('cache', OWNED, { volumes: [{ name: 'a', emptyDir: {} }] })]
  const { code, err, patches } = await run(['drain', 'amber'], { 'GET /api/v1/pods': { value: { items } } })
  expect(code).toBe(1)
  expect(err).toContain('pod/lone -n shop: no Deployment stands behind it, say --force')
  expect(err).toContain('pod/cache -n shop: has an emptyDir, whose files would be lost, say --delete-emptydir-data')
  expect(err).not.toContain('pod/web')
  expect(patches).toEqual([])
})

test('[CLI87] by force it deletes Pods that are never to begin again, and a dry run says who would leave', async () => {
  const items = [pod('once', {}, { restartPolicy: 'Never' }), pod('lone', {}, { restartPolicy: 'Always' })]
  const pods = (): Answers => ({ 'GET /api/v1/pods': inTurn({ items }, { items: [] }) })
  const { deletes, patches } = await run(['drain', 'amber', '--force', '--ignore-daemonsets'], pods())
  expect(deletes).toEqual(['/api/v1/namespaces/shop/pods/once'])
  expect(patches[0]).toEqual({ ...annotation('force'), spec: { unschedulable: true } })
  const dry = await run(['drain', 'amber', '--force', '--dry-run'], pods())
  expect(dry.out).toContain('pod/once -n shop would leave\npod/lone -n shop would leave\n')
  expect(dry.patches).toEqual([])
})

test('[CLI88] drain follows each pod until all have left, and takes its order back', async () => {
  const waitsFor = 'budget guard: 2 pods serve, 2 have to'
  const { code, out, err, patches } = await run(['drain', 'amber'], {
    'GET /api/v1/pods': inTurn(
      { items: [pod('web')] },
      { items: [pod('web')] },
      { items: [pod('web')] },
      { items: [] },
    ),
    'GET /shoal/v1/leaving': inTurn({ leaving: [{ uid: 'web', waitsFor }] }, { leaving: [{ uid: 'web' }] }),
  })
  expect({ code, out }).toEqual({ code: 0, out: 'node/amber cordoned\nnode/amber drained\n' })
  expect(err).toBe(`pod/web -n shop waits for ${waitsFor}\npod/web -n shop goes now\npod/web -n shop has left\n`)
  expect(patches).toEqual([{ ...annotation('pods'), spec: { unschedulable: true } }, annotation(null)])
})

test('[CLI88] time that runs out is exit code 1 with what each pod waits for; the order stands', async () => {
  const leaving = [{ uid: 'web', waitsFor: 'a node that takes its successor: basil is full' }]
  const { code, err, patches } = await run(['drain', 'amber', '--timeout', '100ms'], {
    'GET /api/v1/pods': { value: { items: [pod('web')] } },
    'GET /shoal/v1/leaving': { value: { leaving } },
  })
  expect(code).toBe(1)
  expect(err).toContain(
    'node amber is not empty after 0.1 s:\n  pod/web -n shop waits for a node that takes its successor: basil is full',
  )
  expect(err).toContain('`shoal uncordon amber` takes it back')
  expect(patches).toHaveLength(1)
})

test('[CLI88] a node that is not there is said so', async () => {
  const node = await SimNode.start({ 'GET /api/v1/nodes/ambre': failure(404, 'NotFound', 'nodes "ambre" not found') })
  nodes.push(node)
  const { code, err } = await runIn({ SHOAL_NODE: node.address }, ['drain', 'ambre'])
  expect({ code, err }).toEqual({ code: 1, err: 'error: nodes "ambre" not found\n' })
})
