import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { runtimeContract } from '../../node/runtime/contract.ts'
import { discover } from '../../node/runtime/docker-discovery.ts'
import { DockerRuntime } from '../../node/runtime/docker.ts'
import { makeBusyboxImage, useEngine, type TestEngine } from './engine.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await useEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-engine-')) })
  await makeBusyboxImage(engine.socket, ['shoal-test/busybox:1'])
})
afterAll(() => engine?.stop())

runtimeContract('docker', () => ({
  image: 'shoal-test/busybox:1',
  open: (node) => runtimeOf(node),
}))

function runtimeOf(node: string): DockerRuntime {
  const place = { dockerHost: `unix://${engine.socket}`, env: {}, home: '/nonexistent', userId: 0 }
  return new DockerRuntime({ node: `test-${process.pid}-${node}`, cluster: 'test', discover: () => discover(place) })
}
