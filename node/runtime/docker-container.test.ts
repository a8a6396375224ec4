import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContainerInspectInfo } from 'dockerode'
import { INFRA, LABEL, labelsOf, newestOf, podFrom } from './docker-container.ts'
import { owner, pod } from './docker-sample.ts'

test('[DOCK4] no label of a manifest sets or changes one of ours', () => {
  const name = fc.oneof(
    fc.constantFrom(...Object.values(LABEL), 'shoal.dev/other', 'io.kubernetes.x', 'com.docker.compose.project', 'app'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (labels) => {
      const made = labelsOf(owner, { ...pod, labels }, 'web', 2)
      const ours = labelsOf(owner, { ...pod, labels: {} }, 'web', 2)
      expect(made).toMatchObject(ours)
      const foreign = Object.keys(made).filter((key) => !(key in ours))
      expect(foreign.filter((key) => /^(shoal\.dev\/|io\.kubernetes\.|com\.docker\.)/.test(key))).toEqual([])
    }),
  )
})

test('[DOCK4] the labels name node, cluster, pod, container and attempt, and carry the annotation', () => {
  const labels = labelsOf(owner, pod, 'web', 2)
  expect(labels).toMatchObject({
    app: 'web',
    'shoal.dev/node': '12D3KooNode',
    'shoal.dev/home': 'h1',
    'shoal.dev/cluster': 'c1',
    'shoal.dev/pod-uid': 'u-1',
    'shoal.dev/attempt': '2',
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'default',
    'io.kubernetes.pod.uid': 'u-1',
    'io.kubernetes.container.name': 'web',
  })
  expect(Buffer.from(labels['shoal.dev/annotation'] ?? '', 'base64').toString()).toBe(pod.annotation)
})

test('[RT8] the newest attempt speaks for a container, in the order of the containers', () => {
  const member = (id: string, container: string, attempt: number) => ({ id, container, attempt })
  const members = [member('a', 'web', 0), member('b', 'side', 0), member('c', 'web', 10), member('d', 'web', 9)]
  expect(newestOf(members).map(({ id }) => id)).toEqual(['c', 'b'])
})

test('[DOCK30] a container that waits for its start is there as long as the network that it joined', () => {
  const shown = (container: string, state: object, NetworkMode = 'bridge') =>
    ({
      Id: `id-${container}`,
      Created: '2026-09-21T10:00:00Z',
      Config: { Image: 'busybox', Labels: labelsOf(owner, pod, container, 0) },
      HostConfig: { NetworkMode },
      NetworkSettings: { Networks: {} },
      State: { StartedAt: '2026-09-21T10:00:00Z', FinishedAt: '2026-09-21T10:00:01Z', ...state },
    }) as unknown as ContainerInspectInfo
  const done = shown('one', { Status: 'exited', Running: false, ExitCode: 0 }, `container:id-${INFRA}`)
  const waiting = shown('web', { Status: 'created', Running: false }, `container:id-${INFRA}`)
  const namesWith = (infra: object) => podFrom([shown(INFRA, infra), done, waiting])?.containers.map(({ name }) => name)
  expect(namesWith({ Status: 'running', Running: true })).toEqual(['one', 'web'])
  expect(namesWith({ Status: 'exited', Running: false })).toEqual(['one'])
})
