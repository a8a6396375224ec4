import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { readyPodsOf, REALISED_MS, STARTED_MS, waitReady, type SeenPod } from './facts.ts'
import { deployWeb } from './manifests.ts'
import { REPOSITORY, shoal, type Ended } from './shoal.ts'
import { stage } from './stage.ts'

const PODS = '/api/v1/namespaces/default/pods'

function pod(name: string, script: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'busybox', command: ['busybox', 'sh', '-c', script] }],
    },
  }
}

interface Place {
  /** Where it runs, and a node where it does not. */
  readonly near: ProcessNode
  readonly far: ProcessNode
}

async function running(nodes: readonly ProcessNode[], object: KubeObject): Promise<Place> {
  await nodes[0]!.ok('POST', PODS, object)
  const shown = (node: ProcessNode): Promise<SeenPod> => node.ok<SeenPod>('GET', `${PODS}/${object.metadata.name}`)
  await waitFor(`${object.metadata.name} to run`, stretched(STARTED_MS), async () => {
    const pods = await Promise.all(nodes.map((node) => shown(node).catch(() => undefined)))
    return pods.every((each) => each?.status.phase === 'Running')
  })
  const { spec } = await shown(nodes[0]!)
  const near = nodes.find(({ name }) => name === spec.nodeName)!
  return { near, far: nodes.find((node) => node !== near)! }
}

const on = ({ socket }: ProcessNode, words: readonly string[], input?: string): Promise<Ended> =>
  shoal(words, { env: { SHOAL_NODE: socket }, ...(input === undefined ? {} : { input }) })

test('[SESS1, CLI90] a command runs in a pod from any node: input, outputs apart, exit code, and what is wrong is told', async () => {
  const { nodes } = await stage(2)
  const { near, far } = await running(nodes, pod('box', 'while :; do busybox sleep 0.1; done'))
  for (const node of [near, far]) {
    const script = 'echo out; echo err >&2; exit 7'
    expect(await on(node, ['exec', 'box', '--', 'sh', '-c', script])).toEqual({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    const input = 'x'.repeat(1_000_000)
    const counted = await on(node, ['exec', '-i', 'box', '--', 'wc', '-c'], input)
    expect(counted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\s*1000000\n$/) })
    expect(await on(node, ['exec', 'box', '--', 'no-such-program'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('no such program'),
    })
    expect(await on(node, ['exec', 'absent', '--', 'ls'])).toMatchObject({
      code: 1,
      stderr: 'error: pods "absent" not found\n',
    })
    expect(await on(node, ['exec', '-c', 'side', 'box', '--', 'ls'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('choose one of [main]'),
    })
  }
})

/** What a person sees at a terminal of this machine that sits before a command, of this size. */
function seated(words: readonly string[], { socket }: ProcessNode, size: { columns: number; rows: number }) {
  const command = [process.execPath, 'dist/shoal.js', ...words].map((word) => `'${word}'`).join(' ')
  const line = `stty cols ${size.columns} rows ${size.rows}; tty >&2; exec ${command}`
  const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], {
    cwd: REPOSITORY,
    env: { ...process.env, SHELL: '/bin/sh', SHOAL_NODE: socket },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const seat = { child, seen: '', ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) }
  child.stdout.on('data', (chunk: Buffer) => (seat.seen += String(chunk).replaceAll('\r', '')))
  return seat
}

test('[CLI91, PROC31] a shell on a terminal of another node: keys, sizes, Ctrl-C and the exit code go through', async () => {
  const { nodes } = await stage(2)
  const { far } = await running(nodes, pod('box', 'while :; do busybox sleep 0.1; done'))
  const seat = seated(['exec', '-it', 'box', '--', 'sh'], far, { columns: 91, rows: 31 })
  const see = (what: string): Promise<unknown> =>
    waitFor(`${what} on the terminal`, stretched(STARTED_MS), () => seat.seen.includes(what))
  const type = (line: string): void => void seat.child.stdin.write(line)
  type('test -t 0 && test -t 1 && echo on a $((1 + 1))nd terminal\n')
  await see('on a 2nd terminal')
  // The size comes after the shell has begun.
  type('until [ "$(stty size)" = "31 91" ]; do sleep 0.05; done; echo size $((30 + 1))\n')
  await see('size 31\n')
  const device = /\/dev\/pts\/\d+/.exec(seat.seen)![0]
  spawnSync('stty', ['-F', device, 'cols', '101', 'rows', '37'])
  type('until [ "$(stty size)" = "37 101" ]; do sleep 0.05; done; echo size $((36 + 1))\n')
  await see('size 37\n')
  type('echo asleep $((1 + 2)); sleep 1000\n')
  await see('asleep 3\n')
  type('\u0003')
  type('echo ended by $?; exit 7\n')
  expect(await seat.ended).toBe(7)
  expect(seat.seen).toContain('ended by 130\n')
})

test('[CLI92, SESS5] a command ends with who asked for it; a node that is lost is told', async () => {
  const { nodes } = await stage(2)
  const { near, far } = await running(nodes, pod('box', 'while :; do busybox sleep 0.1; done'))
  const beat = 'while :; do echo x >>beat; echo y; busybox sleep 0.05; done'
  const size = async (): Promise<string> => (await on(far, ['exec', 'box', '--', 'sh', '-c', 'wc -c <beat'])).stdout
  const begun = async (): Promise<ReturnType<typeof spawn>> => {
    const child = spawn(process.execPath, ['dist/shoal.js', 'exec', 'box', '--', 'sh', '-c', beat], {
      cwd: REPOSITORY,
      env: { ...process.env, SHOAL_NODE: far.socket },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return child
  }
  const interrupted = await begun()
  const code = new Promise((resolve) => interrupted.once('exit', resolve))
  interrupted.kill('SIGINT')
  expect(await code).toBe(130)
  await waitFor('the command to end in the pod', stretched(REALISED_MS), async () => {
    const before = await size()
    return before === (await size()) && before === (await size())
  })

  const lost = await begun()
  const [said, ended] = [text(lost.stderr!), new Promise((resolve) => lost.once('exit', resolve))]
  lost.stdout!.resume()
  await near.killAll()
  expect(await ended).toBe(1)
  expect(await said).toContain('the connection broke before the command ended')
})

test('[CLI93] files are copied into a pod of another node and out of it', async () => {
  const { nodes } = await stage(2)
  const { far } = await running(nodes, pod('box', 'while :; do busybox sleep 0.1; done'))
  const directory = mkdtempSync(join(tmpdir(), 'shoal-cp-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'site', 'deep'), { recursive: true })
  writeFileSync(join(directory, 'site', 'deep', 'large'), 'x'.repeat(3_000_000))
  expect(await on(far, ['cp', join(directory, 'site'), 'box:copied'])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect((await on(far, ['exec', 'box', '--', 'wc', '-c', 'copied/deep/large'])).stdout).toMatch(/^3000000 /)
  expect(await on(far, ['cp', 'box:copied', join(directory, 'back')])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(readFileSync(join(directory, 'back', 'deep', 'large'), 'utf8')).toHaveLength(3_000_000)
  expect(await on(far, ['cp', 'box:absent', directory])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no absent in main'),
  })
})

test('[CLI94, CLI95] ports of pods on other nodes are reached from here; the next pod takes over from one that has gone', async () => {
  const { nodes } = await stage(3)
  await deployWeb(nodes[0]!, 3)
  await waitReady(nodes, 'web', 3, STARTED_MS)
  const child = spawn(process.execPath, ['dist/shoal.js', 'port-forward', 'deploy/web', ':http', ':9'], {
    cwd: REPOSITORY,
    env: { ...process.env, SHOAL_NODE: nodes[0]!.socket },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [printed, said] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)))
  await waitFor('it to listen', stretched(STARTED_MS), () => printed.includes('-> 9'))
  const [web, none] = [...printed.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
  const asked = (port: number): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => resolve('broken'))
      // Half-closed: the answer comes after the end of the question.
      socket.end('GET / HTTP/1.0\r\n\r\n')
      void text(socket).then(resolve, () => resolve('broken'))
    })
  const answers = await Promise.all(Array.from({ length: 20 }, () => asked(web!)))
  expect(new Set(answers.map((answer) => answer.split('\r\n\r\n')[1])).size).toBe(1)
  expect(await asked(none!)).toBe('broken')
  await waitFor('the reason', stretched(REALISED_MS), () => said.includes('nobody listens on port 9 of the pod'))

  const served = answers[0]!.split('\r\n\r\n')[1]!
  const victim = (await readyPodsOf(nodes[0]!, 'web')).find(({ metadata }) => metadata.name === served)!
  const machine = nodes.find(({ name }) => name === victim.spec.nodeName)!
  if (machine === nodes[0]) return
  await machine.killAll()
  await waitFor('another pod to answer', stretched(REALISED_MS), async () => {
    const name = (await asked(web!)).split('\r\n\r\n')[1]
    return name !== undefined && name !== served
  })
})

test('[CLI97] a pod is run from the command line, spoken to, and gone', async () => {
  const { nodes } = await stage(1)
  const words = ['run', 'sum', '--image=busybox', '-i', '--rm', '--restart=Never', '--env=BY=two', '--command', '--']
  const script = 'read n; echo "$n by $BY"; exit 5'
  const ran = await on(nodes[0]!, [...words, 'busybox', 'sh', '-c', script], '21\n')
  expect(ran).toMatchObject({ code: 5, stdout: '21 by two\n', stderr: expect.stringContaining('pod "sum" deleted') })
})
