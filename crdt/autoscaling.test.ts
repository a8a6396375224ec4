import { describe, expect, test } from 'vitest'
import type { PodFact } from './facts.ts'
import type { KubeObject } from './object.ts'
import { aDeployment } from './objects/sample.ts'
import { validate } from './objects/validate.ts'
import { BASIL, T, Told } from './view/sample.ts'

const HPA = 'autoscaling/HorizontalPodAutoscaler/default/web'
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})
const memory = (averageValue: string) => ({
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue } },
})

const anAutoscaler = (spec: object = {}, name = 'web'): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'default' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 10, ...spec },
})

test('[HPA1] one with its bounds alone is good', () => {
  expect(validate(HPA, anAutoscaler())).toEqual([])
  const container = { name: 'cpu', container: 'web', target: { type: 'AverageValue', averageValue: '100m' } }
  const metrics = [cpu(50), memory('1Gi'), { type: 'ContainerResource', containerResource: container }]
  const rules = { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } // prettier-ignore
  expect(validate(HPA, anAutoscaler({ metrics, behavior: { scaleUp: rules, scaleDown: rules } }))).toEqual([])
})

const policy = (change: object) => ({
  behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 15, ...change }] } },
})

test.each<[object, string, string]>([
  [{ maxReplicas: undefined }, 'spec.maxReplicas', 'Required value'],
  [{ minReplicas: 0 }, 'spec.minReplicas', 'must be greater than or equal to 1'],
  [{ minReplicas: 11 }, 'spec.maxReplicas', 'must be greater than or equal to `minReplicas`'],
  [{ scaleTargetRef: { kind: 'StatefulSet', name: 'web' } }, 'spec.scaleTargetRef.kind', '"Deployment"'],
  [{ scaleTargetRef: { apiVersion: 'apps/v2', kind: 'Deployment', name: 'web' } }, 'spec.scaleTargetRef.apiVersion', 'apps/v1'], // prettier-ignore
  [
    { metrics: [{ type: 'External', external: {} }] },
    'spec.metrics[0].type',
    'Shoal measures the cpu and memory of pods',
  ],
  [{ metrics: [{ type: 'Resource' }] }, 'spec.metrics[0].resource', 'must populate information'],
  [{ metrics: [{ type: 'Resource', resource: { name: 'disk', target: { type: 'Utilization', averageUtilization: 1 } } }] }, 'spec.metrics[0].resource.name', 'Unsupported value'], // prettier-ignore
  [{ metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] }, 'spec.metrics[0].resource.target.averageUtilization', 'Required value'], // prettier-ignore
  [{ metrics: [memory('0')] }, 'spec.metrics[0].resource.target.averageValue', 'must be positive'],
  [{ behavior: { scaleDown: { stabilizationWindowSeconds: 3_601 } } }, 'spec.behavior.scaleDown.stabilizationWindowSeconds', '3600'], // prettier-ignore
  [{ behavior: { scaleDown: { policies: [] } } }, 'spec.behavior.scaleDown.policies', 'at least one Policy'],
  [policy({ periodSeconds: 1_801 }), 'spec.behavior.scaleUp.policies[0].periodSeconds', '1800'],
  [policy({ value: 0 }), 'spec.behavior.scaleUp.policies[0].value', 'greater than or equal to 1'],
  [policy({ type: 'Nodes' }), 'spec.behavior.scaleUp.policies[0].type', 'Unsupported value'],
])('[HPA1] %j is refused at %s', (spec, field, message) => {
  const faults = validate(HPA, anAutoscaler(spec))
  expect(faults).toContainEqual(expect.objectContaining({ field, message: expect.stringContaining(message) }))
})

type Taken = number | 'missing' | 'unready' | 'warming' | 'stopping' | 'ended'

/** `web` with a pod for each: what it takes, in milli; each asked for 100m. */
function aCluster({
  taken,
  spec = {},
  replicas = taken.length,
  requests = { cpu: '100m', memory: '64Mi' },
}: {
  taken: readonly Taken[]
  spec?: object
  replicas?: number
  requests?: object
}): Told {
  // prettier-ignore
  const told = new Told()
  told.node(BASIL, { name: 'basil' })
  const deployment = aDeployment() as KubeObject & { spec: { template: { spec: { containers: { resources?: object }[] } } } } // prettier-ignore
  Object.assign(deployment.spec, { replicas })
  for (const container of deployment.spec.template.spec.containers) container.resources = { requests }
  told.object(deployment)
  told.object(anAutoscaler({ metrics: [cpu(50)], ...spec }))
  const name = deployment.spec.template.spec.containers.map((each) => (each as { name: string }).name)[0]!
  const pods: Record<string, Record<string, [number, number]>> = {}
  for (const [index, each] of taken.entries()) {
    const ready = each !== 'unready'
    const readyAtMs = each === 'warming' ? T + 55_000 : T
    const [stopping, phase] = [each === 'stopping', each === 'ended' ? ('Failed' as const) : ('Running' as const)]
    const fact: Partial<PodFact> = { index, ready, stopping, phase, startedAtMs: T, ...(ready ? { readyAtMs } : {}) }
    told.pod(BASIL, `u${index}`, fact)
    if (each !== 'missing') pods[`u${index}`] = { [name]: [typeof each === 'number' ? each : 1_000, 64 * 1_024] }
  }
  told.view.tick(T + 60_000)
  told.usage(BASIL, { overMs: 15_000, pods }, T + 60_000)
  return told
}

const asked = (told: Told): number | undefined => told.view.scaling(HPA)?.proposal?.replicas

describe('[HPA3] replicas follow the ratio of what is taken to what is wanted', () => {
  test.each<[readonly Taken[], number]>([
    [[100], 2],
    [[200, 200], 8],
    [[50, 50], 2],
    [[55, 55], 2],
    [[45, 45], 2],
    [[56, 56], 3],
    [[44, 44], 2],
    [[10, 10, 10], 1],
    [[0, 0, 0], 0],
    [[25, 25, 25, 25], 2],
    // One that is not known takes nothing where there are to be more, and all where there are to be fewer.
    [[100, 'missing'], 2],
    [[200, 'missing'], 4],
    [[10, 'missing', 10, 10], 3],
    [[10, 'missing'], 2],
    // One that is not ready counts with nothing on the way up, and not at all on the way down.
    [[200, 'unready'], 4],
    [[90, 'unready'], 2],
    [[10, 10, 'unready'], 1],
    [[200, 'warming'], 4],
    // One that goes, or has gone, is none of them, whatever it takes.
    [[200, 'stopping'], 4],
    [[200, 'ended'], 4],
  ])('%j of 100m each at 50 %% asks for %i', (taken, replicas) => {
    expect(asked(aCluster({ taken }))).toBe(replicas)
  })

  test('by an average value, of memory', () => {
    expect(asked(aCluster({ taken: [0, 0], spec: { metrics: [memory('32Mi')] } }))).toBe(4)
    expect(asked(aCluster({ taken: [0, 0], spec: { metrics: [memory('128Mi')] } }))).toBe(1)
  })
})

test('[HPA4] a pod that has been running for long counts though it is not ready, and memory counts from the first', () => {
  const told = aCluster({ taken: [200, 'unready'] })
  told.view.tick(T + 6 * 60_000)
  expect(asked(told)).toBe(24)
  expect(asked(aCluster({ taken: ['unready'], spec: { metrics: [memory('32Mi')] } }))).toBe(2)
})

test('[HPA4] without a request there is no percentage, and the pod is named', () => {
  const told = aCluster({ taken: [200], requests: {} })
  expect(told.view.scaling(HPA)?.proposal?.readings).toMatchObject([
    { trouble: expect.stringMatching(/^missing request for cpu in container \S+ of pod web-/) },
  ])
  expect(asked(told)).toBeUndefined()
})

test('[HPA5] of several metrics the one that asks for most counts; fewer only where all are known', () => {
  expect(asked(aCluster({ taken: [10, 10], spec: { metrics: [cpu(50), memory('32Mi')] } }))).toBe(4)
  const lacking = { cpu: '100m' }
  const percent = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } },
  }
  const metrics = [cpu(50), percent]
  expect(asked(aCluster({ taken: [10, 10], spec: { metrics }, requests: lacking }))).toBeUndefined()
  expect(asked(aCluster({ taken: [100, 100], spec: { metrics }, requests: lacking }))).toBe(4)
})

describe('[HPA6] its status', () => {
  const status = (told: Told, key = HPA) => (told.view.get(key) as Record<string, unknown> | undefined)?.['status']
  const conditions = (told: Told) =>
    (status(told) as { conditions: { type: string; status: string; reason: string }[] }).conditions.map(
      ({ type, status, reason }) => `${type} ${status} ${reason}`,
    )

  test('tells what is measured, and changes with it and its version', () => {
    const told = aCluster({ taken: [100, 100] })
    expect(status(told)).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageValue: '100m', averageUtilization: 100 } } }], // prettier-ignore
    })
    const before = told.view.get(HPA)?.metadata.resourceVersion
    told.usage(BASIL, undefined)
    expect(conditions(told)).toContain('ScalingActive False FailedGetResourceMetric')
    expect(told.view.get(HPA)?.metadata.resourceVersion).not.toBe(before)
  })

  test.each<[string, Parameters<typeof aCluster>[0], string]>([
    ['within', { taken: [100] }, 'ScalingLimited False DesiredWithinRange'],
    ['over', { taken: [1_000] }, 'ScalingLimited True TooManyReplicas'],
    ['under', { taken: [0] }, 'ScalingLimited True TooFewReplicas'],
    ['of none', { taken: [], replicas: 0 }, 'ScalingActive False ScalingDisabled'],
    ['of what is not there', { taken: [1], spec: { scaleTargetRef: { kind: 'Deployment', name: 'db' } } }, 'AbleToScale False FailedGetScale'], // prettier-ignore
  ])('says what holds it back: %s', (_, cluster, condition) => {
    expect(conditions(aCluster(cluster))).toContain(condition)
  })

  test('names a second one of the same Deployment', () => {
    const told = aCluster({ taken: [100] })
    told.object(anAutoscaler({}, 'web-too'))
    expect(conditions(told)).toContain('ScalingActive False AmbiguousSelector')
  })
})

test('[HPA2] what is not said of its behaviour is as in Kubernetes', () => {
  const [row] = aCluster({ taken: [], spec: { behavior: { scaleDown: { selectPolicy: 'Min' } } } }).view.autoscalers()
  expect(row?.scaleUp).toMatchObject({ windowMs: 0, select: 'Max', policies: [{ type: 'Pods', value: 4, periodMs: 15_000 }, { type: 'Percent', value: 100, periodMs: 15_000 }] }) // prettier-ignore
  expect(row?.scaleDown).toEqual({ windowMs: 300_000, select: 'Min', policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }] }) // prettier-ignore
})
