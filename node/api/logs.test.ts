import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { firstBytes } from './first-bytes.ts'
import { LineSplitter } from './lines.ts'
import { Asker, DEPLOYMENTS, deployment, OTHER, SELF } from './testing.ts'

const WORKLOAD = 'apps/Deployment/default/web'

function pod(uid: string, containers: readonly string[] = ['web'], workload = WORKLOAD): PodFact {
  return {
    uid,
    name: `web-1-${uid}`,
    namespace: 'default',
    workload,
    revision: 'r1',
    index: 0,
    claimedAtMs: 1,
    auction: [],
    phase: 'Running',
    ready: true,
    stopping: false,
    reason: '',
    message: '',
    podIP: '',
    hostIP: '',
    runtime: 'process',
    containers: containers.map((name) => ({
      name,
      image: 'x',
      ready: true,
      restarts: 0,
      now: { state: 'running' as const, startedAtMs: 1 },
    })),
  }
}

async function withPods(...pods: readonly (readonly [node: string, fact: PodFact])[]): Promise<Asker> {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  for (const [node, fact] of pods) asker.backend.said(node, `pod/${fact.uid}`, fact)
  return asker
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn += 1) await setImmediate()
  expect(holds()).toBe(true)
}

test('[API52] output of all replicas comes line by line with pod, node and container, and ends', async () => {
  const asker = await withPods([SELF, pod('a')], [OTHER, pod('b')])
  asker.backend.output = { 'a/web': 'one\ntwo\n', 'b/web': 'three' }
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}`)
  await until(isEnded)
  expect(lines).toHaveLength(3)
  expect(lines).toEqual(
    expect.arrayContaining([
      { pod: 'web-1-a', node: expect.any(String), container: 'web', line: 'one' },
      { pod: 'web-1-a', node: expect.any(String), container: 'web', line: 'two' },
      { pod: 'web-1-b', node: expect.any(String), container: 'web', line: 'three' },
    ]),
  )
})

test('[API52] a node that cannot be asked is a line that says so, and the others go on', async () => {
  const asker = await withPods([SELF, pod('a')], [OTHER, pod('b')])
  asker.backend.output = { 'a/web': 'one\n', 'b/web': new Error('basil is unreachable') }
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}`)
  await until(isEnded)
  expect(lines).toContainEqual(expect.objectContaining({ pod: 'web-1-b', trouble: 'basil is unreachable' }))
  expect(lines).toContainEqual(expect.objectContaining({ pod: 'web-1-a', line: 'one' }))
})

test('[API52] following goes on with replicas that appear, until it is closed', async () => {
  const asker = await withPods([SELF, pod('a')])
  asker.backend.output = { 'a/web': 'one\n', 'b/web': 'two\n', 'c/web': 'three\n' }
  const { lines, isEnded, close } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}&follow=true`)
  await until(() => lines.length === 1)
  asker.backend.said(OTHER, 'pod/b', pod('b'))
  await until(() => lines.length === 2)
  expect(lines[1]).toMatchObject({ pod: 'web-1-b', line: 'two' })
  expect(isEnded()).toBe(false)
  close()
  asker.backend.said(OTHER, 'pod/c', pod('c'))
  await setImmediate()
  expect(lines).toHaveLength(2)
})

test('[API76] following ends when its workload is deleted, its pods are gone and all they said has been told', async () => {
  const asker = await withPods([SELF, pod('a')])
  asker.backend.output = { 'a/web': 'one\n' }
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}&follow=true`)
  await until(() => lines.length === 1)
  await asker.ask(`DELETE ${DEPLOYMENTS}/web`)
  await setImmediate()
  expect(isEnded()).toBe(false)
  asker.backend.said(SELF, 'pod/a', undefined)
  await until(isEnded)
})

test('[API52] options reach the runtime', async () => {
  const asker = await withPods([SELF, pod('a')])
  const { isEnded } = await asker.lines(
    `GET /shoal/v1/logs?workload=${WORKLOAD}&tailLines=5&timestamps=true&previous=true&sinceSeconds=60`,
  )
  await until(isEnded)
  expect(asker.backend.logsAsked).toEqual([
    {
      container: 'web',
      follow: false,
      tailLines: 5,
      timestamps: true,
      previous: true,
      sinceMs: asker.backend.now() - 60_000,
    },
  ])
})

test('[API55] the log of one pod is its bytes; of several containers one must be named', async () => {
  const asker = await withPods([SELF, pod('a')], [OTHER, pod('b', ['web', 'side'])])
  asker.backend.output = { 'a/web': 'one\ntwo\n', 'b/side': 'three' }
  const bytes = async (line: string): Promise<string> => {
    const { body } = await asker.response(line)
    if (body.type !== 'bytes') throw new Error('no bytes')
    return (await body.stream.toArray()).join('')
  }
  expect(await bytes('GET /api/v1/namespaces/default/pods/web-1-a/log')).toBe('one\ntwo\n')
  expect(await bytes('GET /api/v1/namespaces/default/pods/web-1-b/log?container=side')).toBe('three')
  const path = 'GET /api/v1/namespaces/default/pods/web-1-b/log'
  expect((await asker.ask(path)).value).toMatchObject({
    code: 400,
    message: 'a container name must be specified for pod web-1-b, choose one of: [web side]',
  })
  expect((await asker.ask(`${path}?container=x`)).value).toMatchObject({
    code: 400,
    message: 'container x is not in pod web-1-b: choose one of [web side]',
  })
})

test.each([
  ['1', 'o'],
  ['5', 'one\nt'],
  ['99', 'one\ntwo\n'],
])('[API74] limitBytes=%s of a log', async (limitBytes, expected) => {
  const asker = await withPods([SELF, pod('a')])
  asker.backend.output = { 'a/web': 'one\ntwo\n' }
  const { body } = await asker.response(`GET /api/v1/namespaces/default/pods/web-1-a/log?limitBytes=${limitBytes}`)
  if (body.type !== 'bytes') throw new Error('no bytes')
  expect((await body.stream.toArray()).join('')).toBe(expected)
})

test.each(['0', '-1', 'x', ''])('[API74] limitBytes=%s is refused by name', async (limitBytes) => {
  const asker = await withPods([SELF, pod('a')])
  expect((await asker.ask(`GET /api/v1/namespaces/default/pods/web-1-a/log?limitBytes=${limitBytes}`)).value).toEqual(
    expect.objectContaining({
      code: 400,
      message: `limitBytes: Invalid value: "${limitBytes}": must be a whole number, 1 or more`,
    }),
  )
  const merged = await asker.ask(`GET /shoal/v1/logs?workload=${WORKLOAD}&limitBytes=9`)
  expect(merged.value).toMatchObject({ code: 400, message: expect.stringContaining('limitBytes') })
})

test('[API74] a log that is followed is left at its limit, and when its reader leaves', async () => {
  for (const bytesMax of [4, 100]) {
    const source = new PassThrough()
    const first = firstBytes(source, bytesMax)
    source.write('one\n')
    source.write('two\n')
    const read: string[] = []
    first.on('data', (chunk) => read.push(String(chunk)))
    await until(() => read.join('') === (bytesMax === 4 ? 'one\n' : 'one\ntwo\n'))
    if (bytesMax === 100) first.destroy()
    await until(() => source.destroyed && first.destroyed)
    expect(first.errored).toBe(null)
  }
})

test('[API75] the previous run of a container that has none is a 400 in the words of the kubelet', async () => {
  const asker = await withPods([SELF, pod('a')])
  asker.backend.output = { 'a/web': new RuntimeError('no-previous', 'web of pod a has no run before the last') }
  const { value } = await asker.ask('GET /api/v1/namespaces/default/pods/web-1-a/log?previous=true')
  const message = 'previous terminated container "web" in pod "web-1-a" not found'
  expect(value).toMatchObject({ code: 400, reason: 'BadRequest', message })
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}&previous=true`)
  await until(isEnded)
  expect(lines).toEqual([expect.objectContaining({ trouble: message })])
})

test('[API56] lines are whole whatever the chunks, and very long ones come in pieces', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  const snowman = Buffer.from('a\u2603b\r\n')
  splitter.push(snowman.subarray(0, 2))
  splitter.push(snowman.subarray(2))
  splitter.push('x'.repeat(40_000))
  splitter.push('\n\nend')
  splitter.end()
  expect(lines.map((line) => (line.length > 10 ? line.length : line))).toEqual([
    'a\u2603b',
    16_384,
    16_384,
    7_232,
    '',
    'end',
  ])
})

test.each([
  [
    'a container that none has',
    `workload=${WORKLOAD}&container=zzz`,
    400,
    'there is no container "zzz": choose one of web',
  ],
  ['no replicas', `workload=${WORKLOAD}`, 404, 'no replica of web runs: `shoal explain web` tells why'],
  ['a kind without output', 'workload=core/Namespace//default', 400, 'a Namespace has no output: name a Deployment'],
])('[API57] logs of %s are an error that names what there is', async (_case, query, code, message) => {
  const asker = await withPods()
  const { status, value } = await asker.ask(`GET /shoal/v1/logs?${query}`)
  expect(status).toBe(code)
  expect(value['message']).toContain(message)
})

test.each([
  { query: '', what: 'pod "web-1-a"' },
  { query: '?container=web', what: 'container "web" in pod "web-1-a"' },
])('[API112] the log of a pod that was only just claimed is a 400 that says so ($what)', async ({ query, what }) => {
  const asker = await withPods([SELF, { ...pod('a', []), phase: 'Pending', ready: false, reason: 'Scheduled' }])
  const { status, value } = await asker.ask(`GET /api/v1/namespaces/default/pods/web-1-a/log${query}`)
  expect(status).toBe(400)
  expect(value).toMatchObject({ message: `${what} is waiting to start: Scheduled` })
})

test('[API57] a pod that was only just claimed is a line that says so', async () => {
  const asker = await withPods([SELF, { ...pod('a', []), phase: 'Pending', ready: false, reason: 'Scheduled' }])
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}`)
  await until(isEnded)
  expect(lines).toEqual([expect.objectContaining({ pod: 'web-1-a', trouble: 'has not started yet: Scheduled' })])
})

test('[API57] a container that has not started yet is a line that says why', async () => {
  const fact = pod('a')
  const [container] = fact.containers
  const now = { state: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' } as const
  const asker = await withPods([SELF, { ...fact, containers: [{ ...container!, now }] }])
  const { lines, isEnded } = await asker.lines(`GET /shoal/v1/logs?workload=${WORKLOAD}`)
  await until(isEnded)
  expect(lines).toEqual([
    expect.objectContaining({ pod: 'web-1-a', trouble: 'has not started yet: ImagePullBackOff: no such image' }),
  ])
})
