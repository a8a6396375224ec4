import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { AgentRig } from './testing.ts'
import type { PodTemplate } from './template.ts'

const KEY = 'core/ConfigMap/default/app'
const configMap = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app', namespace: 'default' },
  data,
})
const TEMPLATE: PodTemplate = {
  spec: {
    containers: [
      {
        name: 'web',
        image: 'web',
        env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'app', key: 'level' } } }],
      },
    ],
  },
}

test('[CFG7] a pod waits for its ConfigMap, says so, and starts by itself as soon as it comes', async () => {
  const rig = await AgentRig.booted({ template: TEMPLATE })
  const uid = rig.claim()
  await rig.advance(300_000)
  expect(rig.fact(uid)).toMatchObject({
    ready: false,
    reason: 'CreateContainerConfigError',
    message: 'container web: env LEVEL: configmap "app" not found',
  })
  rig.configure(KEY, configMap({}))
  await rig.advance(50)
  expect(rig.fact(uid).message).toBe('container web: env LEVEL: key "level" is not in ConfigMap "app"')
  rig.configure(KEY, configMap({ level: 'info' }))
  expect(await rig.until(() => rig.fact(uid).ready, 2_000)).toBeLessThanOrEqual(1_500)
  expect(rig.fact(uid).containers).toMatchObject([{ restarts: 0 }])
})

test('[CFG7] what other pods read hurries nobody', async () => {
  const rig = await AgentRig.booted({ template: TEMPLATE })
  rig.claim()
  await rig.advance(100_000)
  const tries = rig.notes.length
  rig.configure('core/ConfigMap/default/other', configMap({}))
  rig.configure('core/ConfigMap/elsewhere/app', configMap({}))
  await rig.advance(100)
  expect(rig.notes.slice(tries)).toEqual([])
})

test('[CFG7] a container that ended while its ConfigMap was away is no crash loop, and back as soon as that is', async () => {
  const rig = await AgentRig.booted({ template: TEMPLATE })
  rig.configs.set(KEY, configMap({ level: 'info' }))
  const uid = await rig.runOne()
  rig.configure(KEY, undefined)
  rig.runtime.kill(uid, 'web', 1)
  await rig.until(() => rig.fact(uid).reason === 'CreateContainerConfigError')
  await rig.advance(120_000)
  expect(rig.fact(uid)).toMatchObject({ ready: false, reason: 'CreateContainerConfigError' })
  rig.configure(KEY, configMap({ level: 'info' }))
  expect(await rig.until(() => rig.fact(uid).ready, 2_000)).toBeLessThanOrEqual(1_500)
})

const MOUNTING: PodTemplate = {
  spec: {
    containers: [{ name: 'web', image: 'web', volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }] }],
    volumes: [{ name: 'conf', configMap: { name: 'app' } }],
  },
}

async function mounted(): Promise<{ rig: AgentRig; uid: string; refreshes: () => number }> {
  const rig = await AgentRig.booted({ template: MOUNTING })
  rig.configs.set(KEY, configMap({ level: 'info' }))
  const uid = await rig.runOne()
  return { rig, uid, refreshes: () => rig.runtime.calls.filter((call) => call.startsWith('refresh')).length }
}

test('[CFG8] a changed ConfigMap reaches its mounted files within moments, and no container is restarted', async () => {
  const { rig, uid, refreshes } = await mounted()
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: 'info' })
  rig.configure(KEY, configMap({ level: 'debug', more: 'x' }))
  await rig.advance(100)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: 'debug', more: 'x' })
  expect(rig.fact(uid)).toMatchObject({ ready: true, containers: [{ restarts: 0 }] })
  await rig.advance(60_000)
  expect(refreshes()).toBe(1)
})

test('[CFG8] a change that came while another was written, one that was not told of, and one that failed are caught up with', async () => {
  const { rig, uid, refreshes } = await mounted()
  rig.runtime.delay('refresh', 500)
  rig.configure(KEY, configMap({ level: '1' }))
  await rig.advance(100)
  rig.configure(KEY, configMap({ level: '2' }))
  await rig.advance(1_500)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: '2' })
  rig.configs.set(KEY, configMap({ level: '3' }))
  await rig.advance(12_000)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: '3' })
  rig.runtime.failNext('refresh', new RuntimeError('failed', 'disk full'))
  rig.configure(KEY, configMap({ level: '4' }))
  await rig.advance(12_000)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: '4' })
  expect(refreshes()).toBe(5)
})

test('[CFG8] files stay as they are while their ConfigMap is away, and a new agent gives them anew once', async () => {
  const { rig, uid, refreshes } = await mounted()
  rig.configure(KEY, undefined)
  await rig.advance(1_000)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: 'info' })
  expect(rig.fact(uid).ready).toBe(true)
  rig.kill()
  rig.configs.set(KEY, configMap({ level: 'debug' }))
  await rig.start()
  await rig.advance(30_000)
  expect(rig.runtime.filesOf(uid, 'conf')).toEqual({ level: 'debug' })
  expect(refreshes()).toBe(1)
  expect(rig.fact(uid)).toMatchObject({ ready: true, containers: [{ restarts: 0 }] })
})

test('[CFG10] changed labels of a Pod that somebody wrote are in its files at the next listing, and no container is restarted', async () => {
  const template = (labels: Record<string, string>): PodTemplate => ({
    metadata: { labels },
    spec: {
      containers: [{ name: 'web', image: 'web', volumeMounts: [{ name: 'info', mountPath: '/info' }] }],
      volumes: [
        { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ],
    },
  })
  const rig = await AgentRig.booted({ template: template({ app: 'web' }) })
  const uid = await rig.runOne({ ofPod: 'uid-lone' })
  expect(rig.runtime.filesOf(uid, 'info')).toEqual({ labels: 'app="web"' })
  rig.template = template({ app: 'web', rack: '22' })
  await rig.advance(12_000)
  expect(rig.runtime.filesOf(uid, 'info')).toEqual({ labels: 'app="web"\nrack="22"' })
  expect(rig.fact(uid)).toMatchObject({ ready: true, containers: [{ restarts: 0 }] })
  rig.template = undefined
  await rig.advance(12_000)
  expect(rig.runtime.filesOf(uid, 'info')).toEqual({ labels: 'app="web"\nrack="22"' })
})
