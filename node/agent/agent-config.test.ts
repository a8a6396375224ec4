import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
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
