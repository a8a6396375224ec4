import { afterEach, expect, test } from 'vitest'
import { runIn } from '../testing/run-in.ts'
import { KINDS, SimNode } from '../testing/sim-node.ts'
import { columnsOf } from '../print/columns.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

const HPAS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers'

/** The kinds of every node, and the one that is asked for. */
function withAutoscalers() {
  const kind = { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', singular: 'horizontalpodautoscaler', shortNames: ['hpa'], namespaced: true, verbs: [], writable: true } // prettier-ignore
  return { 'GET /shoal/v1/kinds': { value: { kinds: [...KINDS['GET /shoal/v1/kinds'].value.kinds, kind] } } }
}

async function run(...args: string[]) {
  const node = await SimNode.start({
    ...withAutoscalers(),
    'GET /apis/apps/v1/namespaces/default/deployments/web': { value: { metadata: { name: 'web' } } },
    [`POST ${HPAS}`]: { value: {} },
  })
  nodes.push(node)
  const ran = await runIn({ SHOAL_NODE: node.address }, ['autoscale', ...args])
  return { ...ran, made: node.asked.filter(({ method }) => method === 'POST').map(({ body }) => body) }
}

test('[CLI190] autoscale makes the autoscaler that kubectl makes', async () => {
  const { code, out, made } = await run('deployment/web', '--min', '2', '--max', '10', '--cpu-percent', '60')
  expect({ code, out }).toEqual({ code: 0, out: 'horizontalpodautoscaler.autoscaling/web autoscaled\n' })
  const target = { type: 'Utilization', averageUtilization: 60 }
  expect(made).toMatchObject([
    { spec: { minReplicas: 2, maxReplicas: 10, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] } },
  ])
  const { code: bad, err, made: none } = await run('web', '--max', 'many')
  expect({ bad, none, err }).toEqual({ bad: 1, none: [], err: expect.stringContaining('--max: "many"') })
})

test('[CLI190] get hpa has the columns of kubectl', () => {
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } }
  const thing = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 9, metrics: [{ type: 'Resource', resource }] }, // prettier-ignore
    status: { currentReplicas: 2 },
  }
  const row = (status: object) =>
    columnsOf({ kind: thing.kind }, { wide: false, namespaces: false }).slice(0, 6).map(({ cell }) => String(cell({ ...thing, status }, 0))) // prettier-ignore
  expect(row({})).toEqual(['web', 'Deployment/web', 'cpu: <unknown>/80%', '1', '9', '0'])
  const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 45 } } }]
  expect(row({ currentReplicas: 2, currentMetrics })[2]).toBe('cpu: 45%/80%')
})
