import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { boxed, IDLE, on, running, shown } from './box.ts'
import { readyPodsOf, REALISED_MS, STARTED_MS, waitReady } from './facts.ts'
import { deployWeb } from './manifests.ts'
import { REPOSITORY } from './shoal.ts'
import { stage } from './stage.ts'

/** A command that goes on, of which the caller reads what it says; gone with the test. */
function begun(words: readonly string[], asked: readonly ProcessNode[]): Begun {
  const child = spawn(process.execPath, ['dist/shoal.js', ...words], {
    cwd: REPOSITORY,
    env: { ...process.env, NO_COLOR: '1', SHOAL_NODE: asked.map(({ socket }) => socket).join(',') },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (said.err += String(chunk)))
  return { child, said, code: new Promise((resolve) => child.once('close', resolve)) }
}

interface Begun {
  readonly child: ChildProcessWithoutNullStreams
  readonly said: { readonly out: string; readonly err: string }
  readonly code: Promise<number | null>
}

test('[SESS1, CLI90] a command runs in a pod from any node: input, outputs apart, exit code, and what is wrong is told', async () => {
  const { nodes } = await stage(2)
  const { near, far } = await running(nodes, boxed('box', { script: IDLE }))
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
  const { far } = await running(nodes, boxed('box', { script: IDLE }))
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
  const { near, far } = await running(nodes, boxed('box', { script: IDLE }))
  const beat = 'while :; do echo x >>beat; echo y; busybox sleep 0.05; done'
  const size = async (): Promise<string> => (await on(far, ['exec', 'box', '--', 'sh', '-c', 'wc -c <beat'])).stdout
  const beating = async (): Promise<Begun> => {
    const one = begun(['exec', 'box', '--', 'sh', '-c', beat], [far])
    await waitFor('it to beat', stretched(STARTED_MS), () => one.said.out !== '')
    return one
  }
  const interrupted = await beating()
  interrupted.child.kill('SIGINT')
  expect(await interrupted.code).toBe(130)
  await waitFor('the command to end in the pod', stretched(REALISED_MS), async () => {
    const before = await size()
    return before === (await size()) && before === (await size())
  })

  const lost = await beating()
  await near.killAll()
  expect(await lost.code).toBe(1)
  expect(lost.said.err).toContain('the connection broke before the command ended')
})

test('[CLI93] files are copied into a pod of another node and out of it', async () => {
  const { nodes } = await stage(2)
  const { far } = await running(nodes, boxed('box', { script: IDLE }))
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

/** What the server behind this port of loopback answers to one request, or that it is broken. */
const asked = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => resolve('broken'))
    // Half-closed: the answer comes after the end of the question.
    socket.end('GET / HTTP/1.0\r\n\r\n')
    void text(socket).then(resolve, () => resolve('broken'))
  })
const bodyOf = (answer: string): string | undefined => answer.split('\r\n\r\n')[1]

/** The ports here of a `port-forward`, once it listens on so many. */
async function portsOf({ said }: Begun, count: number): Promise<number[]> {
  const ports = (): number[] => [...said.out.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
  await waitFor('it to listen', stretched(STARTED_MS), () => ports().length === count)
  return ports()
}

test('[CLI94] ports of pods on other nodes are reached from here; nobody there is a line, and the others go on', async () => {
  const { nodes } = await stage(3)
  await deployWeb(nodes[0]!, 3)
  await waitReady(nodes, 'web', 3, STARTED_MS)
  const forward = begun(['port-forward', 'deploy/web', ':http', ':9'], [nodes[0]!])
  const [web, none] = await portsOf(forward, 2)
  const answers = await Promise.all(Array.from({ length: 20 }, () => asked(web!)))
  expect(new Set(answers.map(bodyOf)).size).toBe(1)
  expect(await asked(none!)).toBe('broken')
  await waitFor('the reason', stretched(REALISED_MS), () =>
    forward.said.err.includes('nobody listens on port 9 of the pod'),
  )
  expect(bodyOf(await asked(web!))).toBe(bodyOf(answers[0]!))
})

test('[CLI95] the next pod takes over from one whose machine died, be it another machine or that of the node asked first', async () => {
  const { nodes } = await stage(3)
  await deployWeb(nodes[0]!, 3)
  await waitReady(nodes, 'web', 3, STARTED_MS)
  const served = async (port: number): Promise<string | undefined> => bodyOf(await asked(port))
  const forwarding = async (through: readonly ProcessNode[]): Promise<number> => {
    const [port] = await portsOf(begun(['port-forward', 'deploy/web', ':http'], through), 1)
    return port!
  }
  // Whoever is asked, the same pod of the three is taken.
  const pod = await served(await forwarding([nodes[0]!]))
  const victim = (await readyPodsOf(nodes[0]!, 'web')).find(({ metadata }) => metadata.name === pod)!
  const machine = nodes.find(({ name }) => name === victim.spec.nodeName)!
  const others = nodes.filter((node) => node !== machine)
  const ports = [await forwarding([others[0]!]), await forwarding([machine, ...others])]
  for (const port of ports) expect(await served(port)).toBe(pod)

  await machine.killAll()
  for (const port of ports)
    await waitFor('another pod to answer', stretched(REALISED_MS), async () => {
      const name = await served(port)
      return name !== undefined && name !== pod
    })
})

test('[CLI105] `attach` through any node shows what a container says from then on, gives it input, and ends with its exit code', async () => {
  const { nodes } = await stage(2)
  const script = 'echo early; while read line; do echo "got $line"; done; exit 4'
  const container = { stdin: true, stdinOnce: true }
  const { near, far } = await running(nodes, boxed('talks', { script, container, restartPolicy: 'Never' }))
  await waitFor('it to have spoken', stretched(STARTED_MS), async () =>
    (await on(near, ['logs', 'pod/talks'])).stdout.includes('early'),
  )
  expect(await on(far, ['attach', '-i', 'talks'], 'a\nb\n')).toEqual({
    code: 4,
    stdout: 'got a\ngot b\n',
    stderr: '',
  })
  expect(await on(far, ['attach', '-c', 'side', 'talks'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no container side in pod talks: choose one of main'),
  })
})

test('[CLI105] who leaves `attach` leaves the container running and its input open; one that reads nothing says so', async () => {
  const { nodes } = await stage(2)
  const script = `while read line; do echo "got $line"; done; ${IDLE}`
  const { near, far } = await running(nodes, boxed('talks', { script, container: { stdin: true } }))
  for (const [node, word] of [
    [far, 'one'],
    [near, 'two'],
  ] as const) {
    const visit = begun(['attach', '-i', 'talks'], [node])
    visit.child.stdin.write(`${word}\n`)
    await waitFor(`the answer through ${node.name}`, stretched(STARTED_MS), () => visit.said.out === `got ${word}\n`)
    visit.child.kill('SIGINT')
    expect(await visit.code).toBe(130)
  }
  expect((await shown(near, 'talks')).status.containerStatuses?.[0]?.restartCount).toBe(0)

  await running(nodes, boxed('deaf', { script: IDLE }))
  expect(await on(far, ['attach', '-i', 'deaf'], 'x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('container main reads nothing: say `stdin: true` in its template'),
  })
})

test('[CLI97] a pod is run from the command line, spoken to, and gone', async () => {
  const { nodes } = await stage(1)
  const words = ['run', 'sum', '--image=busybox', '-i', '--rm', '--restart=Never', '--env=BY=two', '--command', '--']
  const script = 'read n; echo "$n by $BY"; exit 5'
  const ran = await on(nodes[0]!, [...words, 'busybox', 'sh', '-c', script], '21\n')
  expect(ran).toMatchObject({ code: 5, stdout: '21 by two\n', stderr: expect.stringContaining('pod "sum" deleted') })
})
