import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { stretched } from '../../chaos-tests/real/patience.ts'
import { runtimeContract } from './contract.ts'
import { volumeContract } from './volume-contract.ts'
import { rotateTimedLog } from './process-log.ts'
import { isAlive, parseIdentity } from './process-table.ts'
import { assertTerminals } from './process-terminal.ts'
import { ProcessRuntime } from './process.ts'
import type { ContainerLaunch, LogOptions, PodLaunch } from './runtime.ts'

/** What is to happen soon may take its time on a loaded machine. */
const SOON = { timeout: 10_000 }

const ground = mkdtempSync(join(tmpdir(), 'shoal-process-'))
afterAll(() => rmSync(ground, { recursive: true, force: true }))

runtimeContract('process', () => ({
  image: 'busybox:1',
  open: (node) => new ProcessRuntime({ directory: join(ground, node) }),
}))

if (process.getuid?.() === 0) {
  volumeContract('process', () => ({
    image: 'busybox:1',
    open: () => new ProcessRuntime({ directory: join(ground, 'volumes'), hostPaths: [join(ground, 'given')] }),
    directory: join(ground, 'volumes'),
    given: join(ground, 'given'),
  }))
}

describe('processes as pods', () => {
  const uid = '0f9c3d52-55aa-4c8b-9d0e-0a1b2c3d4e5f'
  const logs: LogOptions = { container: 'web', follow: false, timestamps: false, previous: false }
  let directory: string
  let runtime: ProcessRuntime
  let notes: string[]

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'shoal-process-'))
    notes = []
    runtime = new ProcessRuntime({ directory, note: (sentence) => notes.push(sentence) })
  })
  afterEach(async () => {
    await runtime.remove(uid)
    await runtime.close()
    rmSync(directory, { recursive: true, force: true })
  })

  function podOf(script: string, change: Partial<ContainerLaunch> = {}): PodLaunch {
    const web = { name: 'web', image: 'busybox:1', pull: 'IfNotPresent', env: {}, ports: [], attempt: 0 } as const
    const container = { ...web, command: ['/bin/sh', '-c'], args: [script], ...change }
    const names = { name: 'web-1', namespace: 'default', hostname: 'web-1' }
    return { uid, ...names, labels: {}, annotation: '', containers: [container], graceMs: 1_000 }
  }

  const isRoot = process.getuid?.() === 0
  const ended = async (script: string, change: Partial<ContainerLaunch>): Promise<string> => {
    await runtime.create(podOf(script, change))
    await runtime.start(uid, 'web')
    return text(await runtime.logs(uid, { ...logs, follow: true }))
  }

  test.skipIf(!isRoot)(
    '[PROC41] a process runs as the user and groups that it names, and writes where it begins',
    async () => {
      const script = 'id -u; id -g; id -G; echo x >file && cat file'
      const own = await ended(script, { security: { user: 1234, group: 2345, groups: [77] } })
      expect(own).toBe('1234\n2345\n2345 77\nx\n')
    },
  )

  test.skipIf(!isRoot)('[PROC41] its group is that of the user here, else of nobody', async () => {
    expect(await ended('id -g; id -G', { security: { user: 54_321 } })).toBe('65534\n65534\n')
    await runtime.remove(uid)
    expect(await ended('id -g', { security: { user: 0 } })).toBe('0\n')
  })

  test.skipIf(!isRoot)('[PROC41] so does a command beside it', async () => {
    await runtime.create(podOf('sleep 100', { security: { user: 1234 } }))
    await runtime.start(uid, 'web')
    const session = await runtime.exec(uid, 'web', { command: ['id', '-u'], tty: false, stdin: false })
    session.stderr.resume()
    expect(await text(session.stdout)).toBe('1234\n')
  })

  test('[PROC41] a process that is not to gain rights gains none', async () => {
    const script = 'grep NoNewPrivs /proc/self/status'
    expect(await ended(script, { security: { escalation: false } })).toBe('NoNewPrivs:\t1\n')
    await runtime.remove(uid)
    expect(await ended(script, {})).toBe(readFileSync('/proc/self/status', 'utf8').match(/NoNewPrivs:.*\n/)?.[0])
  })

  test('[PROC41] what cannot be given is refused before anything is made, with the code that sends the pod elsewhere', async () => {
    const asked = isRoot ? { nonRoot: true as const } : { user: 54_321 }
    const made = runtime.create(podOf('exit 0', { security: asked }))
    const message = expect.stringMatching(
      isRoot ? /web has runAsNonRoot, and processes of this node run as root/ : /runs as root can give/,
    )
    await expect(made).rejects.toMatchObject({ code: 'not-supported', message })
    expect(await runtime.inspect(uid)).toBeUndefined()
  })

  test('[DOCK41] credentials of a registry are not written down', async () => {
    const login = { place: 'quay.io', username: 'ada', password: 'hunter2' }
    await runtime.create({ ...podOf('exit 0'), credentials: { logins: [login], trouble: [] } })
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('hunter2')
  })

  async function run(script: string, change: Partial<ContainerLaunch> = {}): Promise<void> {
    await runtime.create(podOf(script, change))
    await runtime.start(uid, 'web')
  }

  test('[PROC30] a command that runs beside a container is gone when the container has ended', async () => {
    runtime.watch(
      () => {},
      () => {},
    )
    await run('sleep 0.3')
    const session = await runtime.exec(uid, 'web', { command: ['/bin/sleep', '60'], tty: false, stdin: false })
    expect(await session.exit).toBe(137)
  })

  test('[PROC42] what a container takes is that of all in its session, and its children that have ended', async () => {
    const script = "sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; exec sleep 100"
    await runtime.create(podOf(script))
    await runtime.start(uid, 'web')
    await expect.poll(async () => (await runtime.usage())[0]?.cpuMs ?? 0, SOON).toBeGreaterThan(10)
    const other = new ProcessRuntime({ directory })
    await other.list()
    expect((await other.usage()).map((each) => each.uid)).toEqual([uid])
    await other.close()
  })

  test.each([
    ['left for a session of its own, its parent gone', '(setsid sh -c "$BUSY" &);'],
    ['left for another session without its mark', 'setsid env -i sh -c "$BUSY" &'],
  ])('[PROC42] what a container takes is also that of what %s', async (_case, leaving) => {
    // Nobody ends it: it does so by itself.
    await run(`${leaving} exec sleep 100`, { env: { BUSY: 'i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done' } })
    await expect.poll(async () => (await runtime.usage())[0]?.cpuMs ?? 0, SOON).toBeGreaterThan(200)
  })

  test('[PROC33] there is no termination message', async () => {
    await run('exit 0', { messagePath: '/dev/termination-log' })
    expect(await runtime.message()).toBe('')
    expect(existsSync('/dev/termination-log')).toBe(false)
  })

  test('[PROC32] a real-time signal is SIGTERM', async () => {
    await run('trap "exit 5" TERM; echo $$; while :; do sleep 0.05; done', { stopSignal: 'SIGRTMIN+3' })
    await printedPids(1)
    await runtime.stop(uid, 10_000)
    expect(await state()).toMatchObject({ exitCode: 5 })
  })

  const SESSION = { tty: true, stdin: true }

  test('[PROC31] a command on a terminal: all three are one, its exit code, arguments and environment to the letter', async () => {
    await run('sleep 60', { env: { SHELL: "it's mine", 'odd.name': 'o' } })
    const script = 'test -t 0 && test -t 1 && test -t 2 && printf "<%s>" "$@" "$SHELL" "$TERM"; exit 7'
    const command = ['sh', '-c', script, 'sh', '$(id)', '', `a 'b' "c"`, 'ö\\\\n']
    const session = await runtime.exec(uid, 'web', { ...SESSION, command })
    const said = await Promise.all([text(session.stdout), text(session.stderr), session.exit])
    expect(said).toEqual([`<$(id)><><a 'b' "c"><ö\\\\n><it's mine><xterm>`, '', 7])
    const all = await runtime.exec(uid, 'web', { ...SESSION, command: ['env'] })
    expect(await text(all.stdout)).toContain('\nodd.name=o\r\n')
  })

  test('[PROC31] keys reach a command, Ctrl-C as a signal; without input it finds its end', async () => {
    await run('sleep 60')
    const command = ['sh', '-c', 'trap "exit 5" INT; read line; echo "<$line>"; while :; do sleep 0.05; done']
    const session = await runtime.exec(uid, 'web', { ...SESSION, command })
    session.stdin.write('typed\n')
    let seen = ''
    let isInterrupted = false
    for await (const chunk of session.stdout) {
      seen += String(chunk)
      if (seen.includes('<typed>') && !isInterrupted) isInterrupted = session.stdin.write('\u0003')
    }
    expect(seen).toBe('typed\r\n<typed>\r\n^C')
    expect(await session.exit).toBe(5)
    const deaf = await runtime.exec(uid, 'web', { tty: true, stdin: false, command: ['cat'] })
    expect([await text(deaf.stdout), await deaf.exit]).toEqual(['', 0])
  })

  test('[PROC31] who runs on a terminal is told of its size', async () => {
    await run('sleep 60')
    const command = ['sh', '-c', 'trap "stty size; exit 0" WINCH; echo up; while :; do sleep 0.05; done']
    const session = await runtime.exec(uid, 'web', { ...SESSION, command })
    await once(session.stdout, 'data')
    await session.resize({ columns: 101, rows: 37 })
    expect(await text(session.stdout)).toBe('37 101\r\n')
    await session.exit
    await session.resize({ columns: 10, rows: 10 })
  })

  test.each(['left', 'its container ends'])('[PROC31] all that runs on a terminal ends when it is %s', async (how) => {
    runtime.watch(() => {}, expect.fail)
    await run('sleep 60')
    const script = 'trap "" HUP; set -m; sh -c "echo \\$\\$; while :; do sleep 0.05; done" & wait'
    const session = await runtime.exec(uid, 'web', { ...SESSION, command: ['sh', '-c', script] })
    const [said] = await once(session.stdout, 'data')
    expect(isRunning(Number(said))).toBe(true)
    if (how === 'left') session.close()
    else await runtime.stop(uid, 0)
    await expect.poll(() => isRunning(Number(said)), SOON).toBe(false)
    expect(await session.exit).toBe(137)
  })

  test.skipIf(!isRoot)('[PROC31] a terminal is of the user whose command runs on it', async () => {
    await run('sleep 60', { security: { user: 1234 } })
    const command = ['sh', '-c', 'id -u >"$(tty)"; echo beside >/dev/stderr']
    const session = await runtime.exec(uid, 'web', { ...SESSION, command })
    expect(await text(session.stdout)).toBe('1234\r\nbeside\r\n')
  })

  test('[PROC31] where nothing makes terminals, one is refused with what to do', async () => {
    const asked = (): void => assertTerminals(['/no/such/script', '/bin/sh'])
    expect(asked).toThrow(
      /^a terminal takes \/no\/such\/script \(of util-linux\) .*: install them, or run .* without tty$/,
    )
    const [busybox, script] = [join(directory, 'busybox'), join(directory, 'script')]
    writeFileSync(busybox, '', { mode: 0o755 })
    symlinkSync(busybox, script)
    expect(() => assertTerminals([script, '/bin/sh'])).toThrow(/a terminal takes/)
    expect(() => assertTerminals(['/bin/sh', '/bin/sh'])).not.toThrow()
  })

  const MOUNT = { volume: 'data', path: '/mnt/shoal-mount-points/a/b', readOnly: false }
  const MOUNTING = { volumes: [{ kind: 'empty', name: 'data', medium: 'disk' }] as const }

  test('[PROC13] a pod that mounts is refused where that cannot be, with the reason and what to do', async () => {
    const { getuid } = process
    const nfs = { kind: 'nfs', name: 'data', server: 's', path: '/', readOnly: false } as const
    const pod = podOf('exit 0', { mounts: [MOUNT] })
    await expect(runtime.create({ ...pod, volumes: [nfs] })).rejects.toThrow(
      /mounts no nfs; run this pod on a node with a container engine/,
    )
    process.getuid = () => 1000
    try {
      await expect(runtime.create({ ...pod, ...MOUNTING })).rejects.toThrow(
        /container web mounts volumes: .*which needs root; run this pod on a node with a container engine/,
      )
    } finally {
      process.getuid = getuid as () => number
    }
    expect(readdirSync(directory)).not.toContain('volumes')
  })

  test.runIf(process.getuid?.() === 0)(
    '[PROC13] a program and a working directory may come with a volume',
    async () => {
      const script = Buffer.from('#!/bin/sh\npwd; echo from a volume; cat own\n').toString('base64')
      const files = [
        { path: 'run.sh', mode: 0o755, contentBase64: script },
        { path: 'own', mode: 0o644, contentBase64: 'aGVyZQo=' },
      ]
      const pod = podOf('', {
        command: [`${MOUNT.path}/run.sh`],
        args: [],
        workingDir: MOUNT.path,
        env: { 'odd.name': 'x' },
        mounts: [MOUNT],
      })
      await runtime.create({ ...pod, volumes: [{ kind: 'files', name: 'data', isSecret: false, files }] })
      await runtime.start(uid, 'web')
      await expect.poll(state, SOON).toMatchObject({ state: 'exited', exitCode: 0 })
      expect(await log()).toBe(`${MOUNT.path}\nfrom a volume\nhere\n`)
    },
  )

  test.runIf(process.getuid?.() === 0)(
    '[PROC14] what was made to mount on goes with the last pod that mounts there',
    async () => {
      const other = '1f9c3d52-55aa-4c8b-9d0e-0a1b2c3d4e5f'
      const pod = { ...podOf('exec sleep 1000', { mounts: [MOUNT] }), ...MOUNTING }
      for (const each of [uid, other]) {
        await runtime.create({ ...pod, uid: each })
        await runtime.start(each, 'web')
      }
      await runtime.remove(uid)
      expect(existsSync(MOUNT.path)).toBe(true)
      expect((await runtime.inspect(other))?.containers[0]?.run.state).toBe('running')
      await runtime.remove(other)
      expect(existsSync('/mnt/shoal-mount-points')).toBe(false)
      expect(existsSync('/mnt')).toBe(true)
    },
  )

  const file = (name: string): string => join(directory, 'pods', uid, name)
  const identity = () => parseIdentity(readFileSync(file('web.0.pid'), 'utf8'))
  const state = async () => (await runtime.inspect(uid))?.containers[0]?.run
  const log = async (change: Partial<LogOptions> = {}) => text(await runtime.logs(uid, { ...logs, ...change }))

  /** The pids a script prints, one a line, when it has printed so many. */
  async function printedPids(count: number): Promise<number[]> {
    let seen = ''
    for await (const chunk of await runtime.logs(uid, { ...logs, follow: true })) {
      seen += String(chunk)
      if (seen.split('\n').length > count) break
    }
    return seen.trim().split('\n').map(Number)
  }

  test('[PROC1] the agent is killed; a later one finds the pod running, and the code with which it ended', async () => {
    const agent = `
      import { ProcessRuntime } from ${JSON.stringify(join(import.meta.dirname, 'process.ts'))}
      const runtime = new ProcessRuntime({ directory: ${JSON.stringify(directory)} })
      await runtime.create(${JSON.stringify(podOf('read line < fifo; exit 12', { workingDir: directory }))})
      await runtime.start('${uid}', 'web')
      console.log('started')
      setInterval(() => {}, 1000)`
    await once(spawn('mkfifo', [join(directory, 'fifo')]), 'exit')
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', agent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await state()).toMatchObject({ state: 'running' })
    const told = new Promise<void>((resolve) => void runtime.watch(() => resolve(), expect.fail))
    writeFileSync(join(directory, 'fifo'), 'go\n')
    await told
    expect(await state()).toMatchObject({ state: 'exited', exitCode: 12 })
  })

  test('[PROC1] a killed shim of an earlier agent is noticed, and its program dies with it', async () => {
    await run('echo $$; while :; do sleep 0.05; done')
    const [program] = await printedPids(1)
    const young = new ProcessRuntime({ directory })
    await young.list()
    const told = new Promise<void>((resolve) => void young.watch(() => resolve(), expect.fail))
    process.kill(identity()?.pid ?? 0, 'SIGKILL')
    await told
    expect((await young.inspect(uid))?.containers[0]?.run).toMatchObject({ state: 'exited', exitCode: 137 })
    await expect.poll(() => isRunning(program), SOON).toBe(false)
    await young.close()
  })

  test('[PROC12] an end is told by the exit file, before the slow look', async () => {
    await run('read line < fifo', { workingDir: await withFifo() })
    const young = new ProcessRuntime({ directory })
    const told = new Promise<void>((resolve) => void young.watch(() => resolve(), expect.fail))
    const beforeMs = performance.now()
    writeFileSync(join(directory, 'fifo'), 'go\n')
    await told
    expect(performance.now() - beforeMs).toBeLessThan(stretched(900))
    await young.close()
  })

  test.each([
    ['a signal', 'kill -SEGV $$', 139],
    ['SIGKILL', 'kill -KILL $$', 137],
  ])('[PROC1] a program that ends by %s has 128 and its number as code', async (_case, script, exitCode) => {
    const told = new Promise<void>((resolve) => {
      runtime.watch(() => void state().then((now) => now?.state === 'exited' && resolve()), expect.fail)
    })
    await run(script)
    await told
    expect(await state()).toMatchObject({ state: 'exited', exitCode })
  })

  test.each([
    ['another start time', (words: string[]) => words.with(22, `${words[22]}1`), 137],
    ['another boot', (words: string[]) => words.with(0, '00000000-0000-0000-0000-000000000000'), 255],
  ])(
    '[PROC2] a stranger with the pid of ours and %s is neither taken for ours nor killed',
    async (_case, forge, exitCode) => {
      const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      const line = `${boot} ${readFileSync(`/proc/${stranger.pid}/stat`, 'utf8')}`
      await runtime.create(podOf('exit 0'))
      writeFileSync(file('web.0.pid'), forge(line.split(' ')).join(' '))
      expect(await state()).toMatchObject({ state: 'exited', exitCode })
      await runtime.stop(uid, 0)
      await runtime.remove(uid)
      expect(isRunning(stranger.pid)).toBe(true)
      stranger.kill('SIGKILL')
    },
  )

  test('[PROC2] a dead process that nobody has reaped is not alive', async () => {
    const zombie = spawn('/bin/sh', ['-c', 'cat <&3 & echo $!; exec sleep 20'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    })
    const [pid] = await once(zombie.stdout!, 'data')
    // A shell reaps its children, sleep does not.
    await expect.poll(() => readFileSync(`/proc/${zombie.pid}/comm`, 'utf8'), SOON).toBe('sleep\n')
    ;(zombie.stdio[3] as Writable).end()
    const stat = () => readFileSync(`/proc/${Number(pid)}/stat`, 'utf8')
    await expect.poll(() => stat(), SOON).toContain(') Z ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const dead = parseIdentity(`${boot} ${stat()}`)
    expect(dead && isAlive(dead)).toBe(false)
    zombie.kill('SIGKILL')
  })

  test('[PROC3] of the environment of the agent only PATH comes through', async () => {
    process.env['SHOAL_TEST_SECRET'] = 'secret'
    await run('', {
      command: ['/usr/bin/env'],
      args: [],
      env: { MODE: 'test' },
      ports: [{ port: 8080, protocol: 'TCP' }],
    })
    const lines = (await log({ follow: true })).trim().split('\n')
    delete process.env['SHOAL_TEST_SECRET']
    const podIP = (await runtime.inspect(uid))?.podIP
    const expected = [
      `HOST=${podIP}`,
      'HOSTNAME=web-1',
      'MODE=test',
      `PATH=${process.env['PATH']}`,
      `POD_IP=${podIP}`,
      'PORT=8080',
    ]
    // A shell adds these two of its own.
    const given = lines.filter((line) => !/^(PWD|SHLVL|_)=/.test(line)).sort()
    expect(given).toEqual([...expected, `SHOAL_RUN=${join(directory, 'pods', uid, 'web.0')}`].sort())
  })

  test('[PROC5] a port that something listens on is told, by its number', async () => {
    const server = createServer().listen({ host: '0.0.0.0', port: 0 })
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await runtime.create(podOf('exit 0', { ports: [{ port, protocol: 'TCP' }] }))
    const start = runtime.start(uid, 'web')
    await expect(start).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`port ${port} on 127.`),
    })
    server.close()
    await runtime.start(uid, 'web')
  })

  test('[PROC6] what left the session and the group of its pod is killed with it', async () => {
    await run('setsid sh -c "echo \\$\\$; while :; do sleep 1; done" & sh -c "echo \\$\\$; exec sleep 1000" & wait')
    const pids = await printedPids(2)
    expect(pids.map(isRunning)).toEqual([true, true])
    await runtime.remove(uid)
    await expect.poll(() => pids.map(isRunning), SOON).toEqual([false, false])
  })

  test('[PROC6] when the program ends its children end', async () => {
    await run('sleep 1000 & echo $!')
    const [child] = await printedPids(1)
    await expect.poll(() => isRunning(child), SOON).toBe(false)
  })

  test('[PROC7] a container without a command is told what to do', async () => {
    const { command: _command, ...container } = podOf('').containers[0] as ContainerLaunch
    const created = runtime.create({ ...podOf(''), containers: [container] })
    await expect(created).rejects.toMatchObject({
      code: 'bad-command',
      message: expect.stringContaining('set command'),
    })
  })

  test('[PROC7] a directory that is not there is told before anything is made', async () => {
    const created = runtime.create(podOf('exit 0', { workingDir: '/no/such' }))
    await expect(created).rejects.toMatchObject({ code: 'bad-command', message: expect.stringContaining('/no/such') })
    expect(await runtime.list()).toEqual([])
  })

  test('[PROC7] a program that is not there is named, without the whole PATH', async () => {
    const message = `container web cannot run "nodexx": there is no such program in the node's PATH`
    await expect(runtime.create(podOf('', { command: ['nodexx'] }))).rejects.toMatchObject({ message })
  })

  test('[PROC8] a pod whose file is torn is no pod, and may be removed', async () => {
    await runtime.create(podOf('exit 0'))
    truncateSync(file('pod.json'), 10)
    expect(await runtime.list()).toEqual([])
    await runtime.remove(uid)
    expect(readdirSync(join(directory, 'pods'))).toEqual([])
  })

  test('[PROC8] removing leaves no file, and nobody else can read what there is', async () => {
    await run('exit 0')
    expect(statSync(join(directory, 'pods')).mode & 0o077).toBe(0)
    await log({ follow: true })
    await runtime.remove(uid)
    expect([...readdirSync(join(directory, 'pods')), ...readdirSync(join(directory, 'exits'))]).toEqual([])
  })

  test('[PROC9] a rotated log reads on from what was moved away to what came after', async () => {
    await run('echo one; echo two; read line < fifo; echo three', { workingDir: await withFifo() })
    await printedPids(2)
    rotateTimedLog(file('web.0.log'), 4)
    writeFileSync(join(directory, 'fifo'), 'go\n')
    expect(await log({ follow: true })).toBe('one\ntwo\nthree\n')
    expect(await log({ tailLines: 2 })).toBe('two\nthree\n')
    expect(await log({ tailLines: 1 })).toBe('three\n')
    expect(existsSync(file('web.0.log.1'))).toBe(true)
  })

  /** Descriptors of this process that are of a log of the pod, whether or not it still has a name. */
  const openLogs = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${fd}`)
        return target.includes(uid) && target.includes('.log') ? [target] : []
      } catch {
        return [] // closed since
      }
    })

  test('[PROC15] a followed log ends when its pod is removed, also where it never ran', async () => {
    await run('echo one; sleep 100')
    await printedPids(1)
    const running = log({ follow: true })
    await vi.waitFor(() => expect(openLogs()).not.toEqual([]))
    await runtime.remove(uid)
    expect(await running).toBe('one\n')
    await runtime.create(podOf('exit 0'))
    const created = log({ follow: true })
    await vi.waitFor(() => expect(openLogs()).not.toEqual([]))
    await runtime.remove(uid)
    expect(await created).toBe('')
    expect(openLogs()).toEqual([])
  })

  test.each([false, true])(
    '[PROC15] a reader who leaves a silent container closes its log (timestamps: %s)',
    async (timestamps) => {
      await run('sleep 100')
      const followed = await runtime.logs(uid, { ...logs, follow: true, timestamps })
      followed.resume()
      await vi.waitFor(() => expect(openLogs()).not.toEqual([]))
      followed.destroy()
      await vi.waitFor(() => expect(openLogs()).toEqual([]))
    },
  )

  const stamped = async (reader = runtime, change: Partial<LogOptions> = {}): Promise<readonly (string | number)[][]> =>
    (await text(await reader.logs(uid, { ...logs, timestamps: true, ...change })))
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [Date.parse(line.split(' ')[0] ?? ''), line.slice(line.indexOf(' ') + 1)])

  /** A script that goes on at each `go`. */
  const steps = async (...lines: readonly string[]): Promise<{ go(): void }> => {
    await run(lines.map((line) => `echo ${line}`).join('; read line <fifo; '), { workingDir: await withFifo() })
    return { go: () => writeFileSync(join(directory, 'fifo'), 'go\n') }
  }
  const noted = (bytes: number) => expect.poll(() => notedBytes(file('web.0.log.times')), SOON).toBe(bytes)

  test('[PROC10] lines have the time of their writing, whoever reads them when; what is asked for since then comes alone', async () => {
    runtime.watch(() => {}, expect.fail)
    const beforeMs = Date.now()
    const { go } = await steps('one', 'two')
    await noted(4)
    const betweenMs = Date.now()
    go()
    await expect.poll(state, SOON).toMatchObject({ state: 'exited' })
    const young = new ProcessRuntime({ directory })
    const [one, two] = await stamped(young)
    expect([one?.[1], two?.[1]]).toEqual(['one', 'two'])
    expect(one?.[0]).toBeGreaterThanOrEqual(beforeMs - 10) // files have the time of the last tick of the kernel
    expect(one?.[0]).toBeLessThanOrEqual(betweenMs)
    expect(two?.[0]).toBeGreaterThanOrEqual(betweenMs - 10)
    expect(await stamped(young)).toEqual([one, two])
    expect(await stamped(young, { sinceMs: (one?.[0] as number) + 1 })).toEqual([two])
    expect(await stamped(young, { sinceMs: one?.[0] as number, tailLines: 1 })).toEqual([two])
    expect(await log({ sinceMs: Date.now() + 60_000 })).toBe('')
    await young.close()
  })

  test('[PROC10] what was written while there was no agent has the time of the last write before the next came', async () => {
    const { go } = await steps('one', 'two; echo three', 'four')
    await expect.poll(() => stamped(), SOON).toHaveLength(1)
    const [one] = await stamped()
    await runtime.close()
    go()
    await expect.poll(() => statSync(file('web.0.log')).size, SOON).toBe(14)
    const writtenMs = Math.floor(statSync(file('web.0.log')).mtimeMs)
    const young = new ProcessRuntime({ directory })
    await young.list()
    go()
    await expect.poll(state, SOON).toMatchObject({ state: 'exited' })
    const [same, two, three, four] = await stamped(young)
    expect(same).toEqual(one)
    expect([two, three]).toEqual([
      [writtenMs, 'two'],
      [writtenMs, 'three'],
    ])
    expect(four?.[0]).toBeGreaterThan(writtenMs)
    await young.close()
  })

  test('[PROC10] a follower sees the times that others see later, also beyond a rotation', async () => {
    const { go } = await steps('one, which is longer', 'two', 'three')
    let seen = ''
    const told: string[] = []
    for await (const chunk of await runtime.logs(uid, { ...logs, follow: true, timestamps: true })) {
      seen += String(chunk)
      told.push(String(chunk))
      if (told.length === 1) rotateTimedLog(file('web.0.log'), 1)
      if (told.length < 3) go()
    }
    expect(await log({ timestamps: true })).toBe(seen)
    expect(seen).toMatch(/^\S+Z one, which is longer\n\S+Z two\n\S+Z three\n$/)
  })

  test('[PROC11] limits are noted, since they are not enforced', async () => {
    await runtime.create(podOf('exit 0', { memoryBytes: 1024 * 1024 }))
    expect(notes).toEqual([expect.stringContaining('does not enforce')])
  })

  async function withFifo(): Promise<string> {
    await once(spawn('mkfifo', [join(directory, 'fifo')]), 'exit')
    return directory
  }
})

/** How long a log was at the last look at it. */
function notedBytes(index: string): number {
  return existsSync(index) ? new Float64Array(new Uint8Array(readFileSync(index)).buffer).at(-2)! : 0
}

function isRunning(pid: number | undefined): boolean {
  const status = `/proc/${pid}/status`
  return existsSync(status) && /^State:\s+[^ZX]/m.test(readFileSync(status, 'utf8'))
}
