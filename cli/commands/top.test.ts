import { afterEach, expect, test } from 'vitest'
import { runIn } from '../testing/run-in.ts'
import { SimNode } from '../testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

const MI = 2 ** 20
const pod = (name: string, namespace = 'default') => ({
  namespace,
  name,
  node: 'amber',
  cpuMilli: 300,
  memoryBytes: 40 * MI,
  containers: [
    { name: 'web', cpuMilli: 250, memoryBytes: 30 * MI },
    { name: 'side', cpuMilli: 50, memoryBytes: 10 * MI },
  ],
})
const capacity = { cpuMilli: 2_000, memoryBytes: 400 * MI }

async function top(...args: string[]) {
  const node = await SimNode.start({
    'GET /shoal/v1/usage': {
      value: {
        nodes: [{ name: 'amber', cpuMilli: 900, memoryBytes: 120 * MI, capacity }],
        pods: [pod('db'), pod('web-1'), pod('web-2', 'shop')],
        missing: ['basil'],
      },
    },
    'GET /api/v1/namespaces/default/pods': {
      value: { items: [{ metadata: { name: 'web-1', namespace: 'default' } }] },
    },
    'GET /api/v1/nodes': { value: { items: [] } },
  })
  nodes.push(node)
  return { ...(await runIn({ SHOAL_NODE: node.address }, ['top', ...args])), asked: node.asked }
}

test('[CLI89] top pods tells what is taken in the namespace, and who did not answer', async () => {
  const { code, out, err } = await top('pods')
  expect(code).toBe(0)
  expect(out).toBe('NAME    CPU(cores)   MEMORY(bytes)\ndb      300m         40Mi\nweb-1   300m         40Mi\n')
  expect(err).toContain('no answer from basil')
})

test('[CLI89] by label, each container by itself', async () => {
  const { out, asked } = await top('pod', '-l', 'app=web', '--containers')
  expect(out.split('\n').map((line) => line.split(/ +/))).toEqual([
    ['POD', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'],
    ['web-1', 'web', '250m', '30Mi'],
    ['web-1', 'side', '50m', '10Mi'],
    [''],
  ])
  expect(asked.at(-1)?.query.get('labelSelector')).toBe('app=web')
})

test('[CLI89] in all namespaces, and by name', async () => {
  expect((await top('pods', '-A')).out).toContain('shop        web-2')
  expect((await top('pods', 'db')).out).not.toContain('web-1')
  const { code, err } = await top('pods', 'web-9')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('nothing was measured of web-9') })
})

test('[CLI89] top nodes tells what share of a node its pods take', async () => {
  const { out } = await top('nodes')
  expect(out).toContain('amber   900m         45%    120Mi           30%')
  expect((await top('nodes', '-l', 'zone=n')).out).not.toContain('amber')
})
