import { describe, expect, test } from 'vitest'
import type { PodTemplate } from '../control/rows.ts'
import { aNode } from '../control/sample.ts'
import { reasonAgainst } from './eligible.ts'

type Node = Parameters<typeof aNode>[1]

const podOf = (spec: Partial<PodTemplate['spec']>): PodTemplate => ({
  spec: { containers: [{ name: 'web' }], ...spec },
})
const reason = (spec: Partial<PodTemplate['spec']>, node: Node = {}) => reasonAgainst(podOf(spec), aNode('a', node))

test('[ELI1] nothing stands against a plain pod on a plain node', () => {
  expect(reason({})).toBeUndefined()
})

test.each<{ node: Node; spec?: Partial<PodTemplate['spec']>; says: string }>([
  { node: { verdict: 'unreachable' }, says: 'is unreachable' },
  { node: { verdict: 'agent-gone' }, says: 'is agent-gone' },
  { node: { fact: { unschedulable: true } }, says: 'is cordoned (unschedulable)' },
  { node: { fact: { runtimes: [] } }, says: 'has no runtime at all' },
  {
    node: { fact: { runtimes: [], runtimeTrouble: { docker: 'no socket' } } },
    says: 'runtime docker does not answer (docker: no socket)',
  },
  {
    node: { fact: { runtimes: ['process'], runtimeTrouble: { docker: 'no socket' } } },
    spec: { runtimeClassName: 'docker' },
    says: 'runtime docker does not answer (docker: no socket)',
  },
  {
    node: {},
    spec: { runtimeClassName: 'gvisor' },
    says: 'has no runtime gvisor, which runtimeClassName asks for; it has docker',
  },
  {
    node: { fact: { runtimes: ['process'] } },
    spec: { containers: [{ name: 'web', image: 'web:1' }] },
    says: 'would run it as a process: container web names no command, and the process runtime cannot take one from image web:1; set command, or use a node with a container engine',
  },
  { node: {}, spec: { os: { name: 'windows' } }, says: 'runs linux, the pod asks for windows' },
])('[ELI1] a node $node is not eligible: it $says', ({ node, spec = {}, says }) => {
  expect(reason(spec, node)).toBe(says)
})

describe('a node selector', () => {
  const labels = { disk: 'ssd' }

  test.each<{ nodeSelector: Record<string, string>; says: string | undefined }>([
    { nodeSelector: { disk: 'ssd' }, says: undefined },
    { nodeSelector: { disk: 'hdd' }, says: 'has disk=ssd, the pod selects disk=hdd' },
    { nodeSelector: { gpu: 'a100' }, says: 'has no label gpu, the pod selects gpu=a100' },
    { nodeSelector: { constructor: 'x' }, says: 'has no label constructor, the pod selects constructor=x' },
    { nodeSelector: { 'kubernetes.io/hostname': 'a', 'kubernetes.io/arch': 'amd64' }, says: undefined },
    {
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      says: 'has kubernetes.io/arch=amd64, the pod selects kubernetes.io/arch=arm64',
    },
  ])('[ELI2] $nodeSelector: $says', ({ nodeSelector, says }) => {
    expect(reason({ nodeSelector }, { fact: { labels } })).toBe(says)
  })
})

describe('a taint', () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' } as const

  test.each([
    { toleration: { key: 'gpu', operator: 'Exists' }, isTolerated: true },
    { toleration: { key: 'gpu', value: 'yes' }, isTolerated: true },
    { toleration: { key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }, isTolerated: true },
    { toleration: { operator: 'Exists' }, isTolerated: true },
    { toleration: { key: 'gpu', value: 'no' }, isTolerated: false },
    { toleration: { key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, isTolerated: false },
    { toleration: { key: 'disk', operator: 'Exists' }, isTolerated: false },
    { toleration: {}, isTolerated: false },
  ] as const)('[ELI3] under the toleration $toleration is tolerated: $isTolerated', ({ toleration, isTolerated }) => {
    const says = reason({ tolerations: [toleration] }, { fact: { taints: [taint] } })
    expect(says).toBe(isTolerated ? undefined : 'has the taint gpu=yes:NoSchedule, which the pod does not tolerate')
  })

  test('[ELI3] of effect PreferNoSchedule keeps nobody out', () => {
    expect(reason({}, { fact: { taints: [{ ...taint, effect: 'PreferNoSchedule' }] } })).toBeUndefined()
  })
})
