/**
 * The suite every runtime passes: what an agent may rely on, whatever runs the pods. `process.test.ts` calls it over processes,
 * `chaos-tests/real/docker-runtime.test.ts` over an engine.
 *
 * Programs are busybox applets, called as `busybox <applet>`, which both grounds have.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { ADDRESS_MARK } from './address.ts'
import type { ContainerLaunch, ContainerUsage, LogOptions, PodLaunch, RunningContainer, Runtime } from './runtime.ts'

/** A place where pods run: a directory or an engine. */
export interface Ground {
  readonly image: string
  /** A runtime as a fresh agent of this node would make it; the one before may have been closed or not. */
  open(node: 'here' | 'other'): Runtime
}

const GRACE_MS = 2_000
const LOGS: LogOptions = { container: 'web', follow: false, timestamps: false, previous: false }

export function runtimeContract(title: string, ground: () => Ground): void {
  const opened: { runtime: Runtime; uids: Set<string> }[] = []

  /** A runtime that is closed, and its pods removed, when the test is over. */
  function open(node: 'here' | 'other' = 'here'): Runtime {
    const runtime = ground().open(node)
    opened.push({ runtime, uids: new Set() })
    return runtime
  }

  async function make(runtime: Runtime, ...containers: Partial<ContainerLaunch>[]): Promise<PodLaunch> {
    const pod = podOf(ground().image, containers)
    opened.find((one) => one.runtime === runtime)?.uids.add(pod.uid)
    await runtime.create(pod)
    return pod
  }

  async function run(runtime: Runtime, script: string, more: Partial<ContainerLaunch> = {}): Promise<PodLaunch> {
    const pod = await make(runtime, { ...shell(script), ...more })
    await runtime.start(pod.uid, 'web')
    return pod
  }

  afterEach(async () => {
    for (const { runtime, uids } of opened.splice(0)) {
      await Promise.all([...uids].map((uid) => runtime.remove(uid)))
      await runtime.close()
    }
  })

  describe(`${title} as a runtime`, () => {
    test('[RT1] a check names the version and the platform', async () => {
      const { version, platform } = await open().check()
      expect(version).not.toBe('')
      expect(platform).toMatchObject({ os: 'linux', arch: expect.stringMatching(/^(amd64|arm64)$/) })
    })

    test('[RT2] a created pod is listed, not started, with its names and its annotation to the letter', async () => {
      const runtime = open()
      const annotation = JSON.stringify({ claim: 'zwölf "Fische"\n', filler: 'x'.repeat(32_000) })
      const pod = { ...podOf(ground().image, [shell('exit 0')]), annotation }
      await runtime.create(pod)
      opened[0]?.uids.add(pod.uid)
      const listed = (await runtime.list()).find(({ uid }) => uid === pod.uid)
      expect(listed).toMatchObject({ uid: pod.uid, name: pod.name, namespace: pod.namespace, annotation })
      expect(listed?.containers).toMatchObject([{ name: 'web', attempt: 0, run: { state: 'created' } }])
      expect(listed?.containers[0]?.image).toBe(ground().image)
      expect(await runtime.inspect(pod.uid)).toEqual(listed)
    })

    test('[RT3] a started pod answers on its address', async () => {
      const runtime = open()
      const beforeMs = Date.now()
      const serve = 'echo hello >index.html; exec busybox httpd -f -p "${POD_IP:-0.0.0.0}:8080"'
      const pod = await run(runtime, serve, { ports: [{ port: 8080, protocol: 'TCP' }] })
      const running = await runtime.inspect(pod.uid)
      const state = running?.containers[0]?.run
      expect(state).toMatchObject({ state: 'running' })
      expect(state?.state === 'running' && Math.abs(state.startedAtMs - beforeMs)).toBeLessThan(10_000)
      expect(await fetchWhenReady(`http://${running?.podIP}:8080/index.html`)).toBe('hello\n')
    })

    test('[RT19] a container is told the address of its pod where the launch has the mark for it', async () => {
      const runtime = open()
      const script = 'echo "$IP $1"; busybox sleep 100'
      const args = [script, 'sh', `at ${ADDRESS_MARK}`]
      const pod = await run(runtime, script, { args, env: { IP: `<${ADDRESS_MARK}>` } })
      const podIP = (await runtime.inspect(pod.uid))?.podIP
      expect(podIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
      await untilLogged(runtime, pod.uid, `<${podIP}> at ${podIP}`)
      const fresh = podOf(ground().image, [{ ...shell(script), args, env: { IP: ADDRESS_MARK }, attempt: 1 }])
      await runtime.stop(pod.uid, 100)
      await runtime.recreate({ ...fresh, uid: pod.uid }, 'web')
      await runtime.start(pod.uid, 'web')
      const again = (await runtime.inspect(pod.uid))?.podIP
      await untilLogged(runtime, pod.uid, `${again} at ${again}`)
    })

    test('[RT20] a refusal names the variable and does not repeat its value', async () => {
      for (const value of ['hunter2\0', 'hunter2'.repeat(20_000)]) {
        const made = make(open(), { ...shell('exit 0'), env: { PASSWORD: value } })
        await expect(made).rejects.toThrow(/the value of env PASSWORD/)
        await expect(made).rejects.not.toThrow(/hunter2/)
      }
    })

    test.each([
      ['its own code', 'exit 7', 7],
      ['success', 'exit 0', 0],
    ])('[RT4] an exit is told and read: %s', async (_case, script, exitCode) => {
      const runtime = open()
      const exit = nextExit(runtime)
      const pod = await run(runtime, script)
      const { run: state } = await exit(pod.uid)
      expect(state).toMatchObject({ state: 'exited', exitCode, oomKilled: false })
      expect(state.state === 'exited' && Math.abs(state.finishedAtMs - Date.now())).toBeLessThan(10_000)
    })

    test.each([['no-such-program'], ['/no/such/program'], ['/proc/version']])(
      '[RT5] a program that is not there or cannot be executed is a bad command: %s',
      async (program) => {
        const runtime = open()
        const started = make(runtime, { command: [program] }).then(({ uid }) => runtime.start(uid, 'web'))
        await expect(started).rejects.toMatchObject({ code: 'bad-command', message: expect.stringContaining(program) })
      },
    )

    test('[RT43] a busy container is seen to take more and more time, an idle one memory, an ended one nothing', async () => {
      const runtime = open()
      const busy = await run(runtime, 'while :; do :; done')
      const idle = await run(runtime, 'exec busybox sleep 100')
      const of = async ({ uid }: PodLaunch): Promise<ContainerUsage | undefined> =>
        (await runtime.usage()).find((each) => each.uid === uid)
      await expect.poll(async () => (await of(busy))?.cpuMs ?? 0, { timeout: 10_000 }).toBeGreaterThan(100)
      const before = await of(busy)
      expect(before).toMatchObject({ container: 'web', id: (await runtime.inspect(busy.uid))?.containers[0]?.id })
      await expect.poll(async () => (await of(busy))?.cpuMs ?? 0, { timeout: 10_000 }).toBeGreaterThan(before!.cpuMs)
      const still = await of(idle)
      expect(still?.cpuMs).toBeLessThan(100)
      expect(still?.memoryBytes).toBeGreaterThan(10_000)
      expect(still?.memoryBytes).toBeLessThan(100 * 2 ** 20)
      await runtime.stop(busy.uid, 0)
      expect(await of(busy)).toBeUndefined()
    })

    test('[RT6] stop gives a program the chance to end by itself', async () => {
      const runtime = open()
      const pod = await run(runtime, 'trap "exit 3" TERM; echo up; while :; do busybox sleep 0.05; done')
      await untilLogged(runtime, pod.uid, 'up')
      await runtime.stop(pod.uid, 10_000)
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'exited', exitCode: 3 })
    })

    test('[RT34] stop tells a container by the signal that it names', async () => {
      const runtime = open()
      const script = 'trap "exit 4" QUIT; trap : TERM; echo up; while :; do busybox sleep 0.05; done'
      const pod = await run(runtime, script, { stopSignal: 'SIGQUIT' })
      await untilLogged(runtime, pod.uid, 'up')
      await runtime.stop(pod.uid, 10_000)
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'exited', exitCode: 4 })
    })

    test('[RT6] stop kills what does not end within the grace', async () => {
      const runtime = open()
      const pod = await run(runtime, 'trap : TERM; echo up; while :; do busybox sleep 0.05; done')
      await untilLogged(runtime, pod.uid, 'up')
      const beforeMs = Date.now()
      await runtime.stop(pod.uid, 1_000)
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'exited', exitCode: 137 })
      expect(Date.now() - beforeMs).toBeGreaterThanOrEqual(990)
    })

    test('[RT30] a stop that names a container leaves the others alone', async () => {
      const runtime = open()
      const loop = shell('while :; do busybox sleep 0.05; done')
      const pod = await make(runtime, loop, { ...loop, name: 'side' })
      for (const { name } of pod.containers) await runtime.start(pod.uid, name)
      await runtime.stop(pod.uid, 0, ['web'])
      const { containers } = (await runtime.inspect(pod.uid))!
      expect(containers.map(({ run }) => run.state)).toEqual(['exited', 'running'])
    })

    test('[RT7] remove kills what runs and leaves nothing; a pod that is not there is no error', async () => {
      const runtime = open()
      const pod = await run(runtime, 'trap : TERM; while :; do busybox sleep 0.05; done')
      await runtime.remove(pod.uid)
      expect(await runtime.inspect(pod.uid)).toBeUndefined()
      expect((await runtime.list()).map(({ uid }) => uid)).not.toContain(pod.uid)
      await runtime.remove(pod.uid)
      await runtime.remove(randomUUID())
    })

    test('[RT8] a recreated container is a fresh one with the next attempt; the old log is the previous one', async () => {
      const runtime = open()
      const exit = nextExit(runtime)
      const pod = await run(runtime, 'test -e mark && echo not fresh; touch mark; echo run of $N; exit 1', {
        env: { N: '0' },
      })
      const first = await exit(pod.uid)
      await runtime.recreate(withContainer(pod, { env: { N: '1' }, attempt: 1 }), 'web')
      expect(await containerOf(runtime, pod.uid)).toMatchObject({ attempt: 1, run: { state: 'created' } })
      await runtime.start(pod.uid, 'web')
      const second = await exit(pod.uid, 1)
      expect(second.id).not.toBe(first.id)
      expect(await logOf(runtime, pod.uid)).toBe('run of 1\n')
      expect(await logOf(runtime, pod.uid, { previous: true })).toBe('run of 0\n')
    })

    test('[RT8] of many runs the last two remain readable', async () => {
      const runtime = open()
      const exit = nextExit(runtime)
      let pod = await run(runtime, 'echo run of $N; exit 1', { env: { N: '0' } })
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        await exit(pod.uid, attempt - 1)
        pod = withContainer(pod, { env: { N: String(attempt) }, attempt })
        await runtime.recreate(pod, 'web')
        await runtime.start(pod.uid, 'web')
      }
      await exit(pod.uid, 3)
      expect(await logOf(runtime, pod.uid)).toBe('run of 3\n')
      expect(await logOf(runtime, pod.uid, { previous: true })).toBe('run of 2\n')
    })

    test('[RT9] a new agent finds the same pods running, untouched', async () => {
      const old = open()
      const pod = await run(old, 'while :; do busybox sleep 0.05; done')
      const before = await old.inspect(pod.uid)
      await old.close()
      const young = open()
      expect((await young.list()).find(({ uid }) => uid === pod.uid)).toEqual(before)
      await young.stop(pod.uid, 100)
      expect(await stateOf(young, pod.uid)).toMatchObject({ state: 'exited' })
    })

    test('[RT9] a new agent reads how a pod ended while there was no agent', async () => {
      const old = open()
      const pod = await run(old, 'busybox sleep 0.3; exit 9')
      await old.close()
      const young = open()
      const { run: state } = await nextExit(young)(pod.uid)
      expect(state).toMatchObject({ state: 'exited', exitCode: 9 })
    })

    test('[RT9] a new agent is told of the end of a pod that it did not start', async () => {
      const old = open()
      const pod = await run(old, 'trap : TERM; echo up; while :; do busybox sleep 0.05; done')
      await untilLogged(old, pod.uid, 'up')
      await old.close()
      const young = open()
      const exit = nextExit(young)
      await young.stop(pod.uid, 100)
      expect((await exit(pod.uid)).run).toMatchObject({ state: 'exited', exitCode: 137 })
    })

    test('[RT10] arguments arrive to the letter, past every shell', async () => {
      const runtime = open()
      const args = [
        '',
        ' two  spaces ',
        '$(touch /tmp/x)',
        '`id`',
        "it's",
        '"',
        'a\nb',
        '*',
        '-n',
        '\\',
        'ö',
        '; exit 3',
      ]
      const script = 'for a in "$@"; do printf "<%s>" "$a"; done; echo'
      const pod = await make(runtime, { command: ['busybox', 'sh', '-c', script, 'sh'], args })
      await runtime.start(pod.uid, 'web')
      expect(await logOf(runtime, pod.uid, { follow: true })).toBe(`${args.map((arg) => `<${arg}>`).join('')}\n`)
    })

    test('[RT10] the environment arrives to the letter, past every shell', async () => {
      const runtime = open()
      const env = { PLAIN: 'x', QUOTED: `'"$HOME\`id\``, LINES: 'a\nb', EMPTY: '', 'dotted.name': 'd', code: 'mine' }
      const pod = await make(runtime, { command: ['busybox', 'env'], env })
      await runtime.start(pod.uid, 'web')
      const log = await logOf(runtime, pod.uid, { follow: true })
      for (const [name, value] of Object.entries(env)) expect(`\n${log}`).toContain(`\n${name}=${value}\n`)
    })

    test('[RT11] logs hold both outputs; the tail is counted in lines', async () => {
      const runtime = open()
      const exit = nextExit(runtime)
      const pod = await run(runtime, 'for i in 1 2 3 4; do echo line $i; done; echo trouble >&2')
      await exit(pod.uid)
      const whole = await logOf(runtime, pod.uid)
      expect(whole.split('\n').sort()).toEqual(['', 'line 1', 'line 2', 'line 3', 'line 4', 'trouble'])
      expect((await logOf(runtime, pod.uid, { tailLines: 2 })).split('\n')).toHaveLength(3)
      expect(await logOf(runtime, pod.uid, { tailLines: 0 })).toBe('')
      expect(await logOf(runtime, pod.uid, { tailLines: 99 })).toBe(whole)
      expect(await logOf(runtime, pod.uid, { sinceMs: Date.now() + 60_000 })).toBe('')
      const stamped = await logOf(runtime, pod.uid, { timestamps: true, tailLines: 1 })
      expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \S.*\n$/)
    })

    test('[RT11] a followed log goes on until the container ends', async () => {
      const runtime = open()
      const pod = await run(runtime, 'echo first; busybox sleep 0.4; echo last')
      expect(await logOf(runtime, pod.uid, { follow: true })).toBe('first\nlast\n')
    })

    test('[RT11] a reader may leave a followed log', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do echo again; busybox sleep 0.02; done')
      const log = await runtime.logs(pod.uid, { ...LOGS, follow: true })
      await new Promise((resolve) => log.once('data', resolve))
      const closed = new Promise((resolve) => log.once('close', resolve))
      log.destroy()
      await closed
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'running' })
    })

    test('[RT31] a command runs in a container: its outputs apart, its exit code, its arguments to the letter', async () => {
      const runtime = open()
      const pod = await run(runtime, 'echo mine >file; echo up; while :; do busybox sleep 0.05; done', {
        env: { COLOUR: 'red' },
      })
      await untilLogged(runtime, pod.uid, 'up')
      const script = 'printf "<%s>" "$@"; echo "$COLOUR"; busybox cat file; echo trouble >&2; exit 7'
      const told = await ran(runtime, pod.uid, ['busybox', 'sh', '-c', script, 'sh', '$(id)', '', 'a b'])
      expect(told).toEqual({ code: 7, stdout: '<$(id)><><a b>red\nmine\n', stderr: 'trouble\n' })
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'running' })
    })

    test('[RT31] a command reads what it is sent, to its end', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      const session = await runtime.exec(pod.uid, 'web', { command: ['busybox', 'wc', '-c'], tty: false, stdin: true })
      session.stdin.end('x'.repeat(300_000))
      session.stderr.resume()
      expect((await text(session.stdout)).trim()).toBe('300000')
      expect(await session.exit).toBe(0)
    })

    test('[RT31] what a command said is there however late it is read', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      const command = ['busybox', 'sh', '-c', 'echo out; echo trouble >&2']
      const session = await runtime.exec(pod.uid, 'web', { command, tty: false, stdin: false })
      expect(await session.exit).toBe(0)
      await pause(300)
      expect([await text(session.stdout), await text(session.stderr)]).toEqual(['out\n', 'trouble\n'])
    })

    test('[RT31] without input a command finds it at its end', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      expect(await ran(runtime, pod.uid, ['busybox', 'cat'])).toEqual({ code: 0, stdout: '', stderr: '' })
    })

    test('[RT32] a command that is left is killed', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      const command = ['busybox', 'sh', '-c', 'echo up; while :; do echo x >>beat; busybox sleep 0.05; done']
      const session = await runtime.exec(pod.uid, 'web', { command, tty: false, stdin: false })
      session.stderr.resume()
      await once(session.stdout, 'data')
      session.close()
      await session.exit.catch(() => {})
      const sizes = async () => (await ran(runtime, pod.uid, ['busybox', 'wc', '-c', 'beat'])).stdout
      const before = await sizes()
      await pause(300)
      expect(await sizes()).toBe(before)
    })

    test('[RT33] a command that cannot be run says why', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      await expect(ran(runtime, pod.uid, ['no-such-program'])).rejects.toMatchObject({ code: 'bad-command' })
      await expect(ran(runtime, pod.uid, ['a\0b'])).rejects.toMatchObject({ code: 'failed' })
      await expect(ran(runtime, pod.uid, [])).rejects.toMatchObject({ code: 'failed' })
      await expect(ran(runtime, randomUUID(), ['busybox', 'true'])).rejects.toMatchObject({ code: 'not-found' })
      await runtime.stop(pod.uid, 0)
      await expect(ran(runtime, pod.uid, ['busybox', 'true'])).rejects.toMatchObject({
        message: expect.stringContaining('not running'),
      })
    })

    test('[RT40] who attaches sees what comes from now on, and the end of the container', async () => {
      const runtime = open()
      const script = 'echo before; until [ -e go ]; do busybox sleep 0.05; done; echo out; exit 3'
      const pod = await run(runtime, script)
      await untilLogged(runtime, pod.uid, 'before')
      const session = await runtime.attach(pod.uid, 'web', { stdin: false })
      session.stderr.resume()
      const seen = text(session.stdout)
      await ran(runtime, pod.uid, ['busybox', 'touch', 'go'])
      expect(await seen).toBe('out\n')
      expect(await session.exit).toBe(3)
      await expect(runtime.attach(pod.uid, 'web', { stdin: false })).rejects.toThrow('not running')
    })

    test('[RT40] who attaches writes to a container whose input is open; who leaves ends neither', async () => {
      const runtime = open()
      const script = 'while read line; do echo "got $line"; done; echo over; busybox sleep 100'
      const pod = await run(runtime, script, { stdin: 'open' })
      for (const word of ['one', 'two']) {
        const session = await runtime.attach(pod.uid, 'web', { stdin: true })
        session.stderr.resume()
        session.stdout.resume()
        session.stdin.write(`${word}\n`)
        await untilLogged(runtime, pod.uid, `got ${word}`)
        session.close()
      }
      expect(await logOf(runtime, pod.uid)).not.toContain('over')
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'running' })
    })

    test('[RT41] an input for one visit ends with it; a container without one finds its end at once', async () => {
      const runtime = open()
      const pod = await run(runtime, 'busybox cat; echo over; exit 4', { stdin: 'once' })
      const session = await runtime.attach(pod.uid, 'web', { stdin: true })
      session.stderr.resume()
      session.stdin.end('word\n')
      expect(await text(session.stdout)).toBe('word\nover\n')
      expect(await session.exit).toBe(4)
      const without = await run(runtime, 'busybox cat; echo over')
      await untilLogged(runtime, without.uid, 'over')
    })

    test('[RT42] files go into a container and come out again, as tar streams', async () => {
      const runtime = open()
      const pod = await run(
        runtime,
        'busybox mkdir -p in/deep; echo >in/plain; echo ready; while :; do busybox sleep 0.05; done',
      )
      await untilLogged(runtime, pod.uid, 'ready')
      const { uid } = pod
      expect(await runtime.pathKind(uid, 'web', 'in')).toBe('directory')
      expect(await runtime.pathKind(uid, 'web', 'in/plain')).toBe('other')
      expect(await runtime.pathKind(uid, 'web', 'in/absent')).toBe('absent')
      const large = 'x'.repeat(400_000)
      const into = await runtime.copyIn(uid, 'web', 'in/deep')
      into.stdout.resume()
      into.stderr.resume()
      into.stdin.end(tarOf('said', large))
      expect(await into.exit).toBe(0)
      expect((await ran(runtime, uid, ['busybox', 'wc', '-c', 'in/deep/said'])).stdout).toMatch(/^400000 /)
      await ran(runtime, uid, ['busybox', 'ln', '-s', 'deep/said', 'in/link'])
      for (const path of ['in/deep/said', 'in/link']) {
        const from = await runtime.copyOut(uid, 'web', path)
        from.stderr.resume()
        const [bytes, code] = await Promise.all([buffer(from.stdout), from.exit])
        expect(code).toBe(0)
        expect(String(bytes.subarray(0, 4))).toBe('said')
        expect(bytes.includes(large)).toBe(true)
      }
      await expect(runtime.copyOut(uid, 'web', 'in/absent')).rejects.toThrow('there is no in/absent in web')
      await expect(runtime.copyIn(uid, 'web', 'in/absent')).rejects.toThrow('in/absent in web is no directory')
    })

    test('[RT12] the containers of a pod share its address', async () => {
      const runtime = open()
      const serve = shell('echo from web >index.html; exec busybox httpd -f -p "${POD_IP:-127.0.0.1}:8080"')
      const ask = shell(
        'until busybox wget -qO- http://${POD_IP:-127.0.0.1}:8080/index.html; do busybox sleep 0.05; done',
      )
      const pod = await make(runtime, { ...serve, ports: [{ port: 8080, protocol: 'TCP' }] }, { ...ask, name: 'side' })
      for (const { name } of pod.containers) await runtime.start(pod.uid, name)
      expect(await logOf(runtime, pod.uid, { container: 'side', follow: true })).toContain('from web\n')
      expect((await runtime.inspect(pod.uid))?.containers.map(({ name }) => name)).toEqual(['web', 'side'])
      await runtime.stop(pod.uid, 100)
      expect(await stateOf(runtime, pod.uid)).toMatchObject({ state: 'exited' })
    })

    test.each<[string, Partial<PodLaunch>]>([
      ['a uid that is a path', { uid: '../../etc' }],
      ['a name with a slash', { name: 'a/b' }],
      ['a namespace with a newline', { namespace: 'a\nb' }],
      ['no containers', { containers: [] }],
      ['an annotation over 32 KiB', { annotation: 'x'.repeat(32 * 1024 + 1) }],
    ])('[RT13] a launch that cannot be meant honestly is refused: %s', async (_case, bad) => {
      const runtime = open()
      const pod = { ...podOf(ground().image, [shell('exit 0')]), ...bad }
      await expect(runtime.create(pod)).rejects.toMatchObject({ name: 'RuntimeError', code: 'failed' })
    })

    test.each<[string, Partial<ContainerLaunch>]>([
      ['a container name with a slash', { name: '../x' }],
      ['a NUL in an argument', { args: ['a\0b'] }],
      ['an environment name with an equals sign', { env: { 'A=B': 'x' } }],
      ['an environment value of 1 MiB', { env: { A: 'x'.repeat(1024 * 1024) } }],
    ])('[RT13] a container that cannot be meant honestly is refused: %s', async (_case, bad) => {
      await expect(make(open(), { ...shell('exit 0'), ...bad })).rejects.toMatchObject({ code: 'failed' })
    })

    test('[RT14] two nodes on one ground see each only their own pods', async () => {
      const [here, other] = [open('here'), open('other')]
      const pod = await run(here, 'while :; do busybox sleep 0.05; done')
      expect(await other.inspect(pod.uid)).toBeUndefined()
      expect((await other.list()).map(({ uid }) => uid)).not.toContain(pod.uid)
      await other.remove(pod.uid)
      expect(await stateOf(here, pod.uid)).toMatchObject({ state: 'running' })
    })

    test('[RT15] a pod that is there is not created again', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      const before = await runtime.inspect(pod.uid)
      await expect(runtime.create(pod)).rejects.toMatchObject({ code: 'failed' })
      expect(await runtime.inspect(pod.uid)).toEqual(before)
    })

    test('[RT15] starting a container that runs changes nothing', async () => {
      const runtime = open()
      const pod = await run(runtime, 'while :; do busybox sleep 0.05; done')
      const before = await runtime.inspect(pod.uid)
      await runtime.start(pod.uid, 'web')
      expect(await runtime.inspect(pod.uid)).toEqual(before)
    })

    test('[RT16] orders about a pod or container that is not there are not-found, of a previous run no-previous', async () => {
      const runtime = open()
      const pod = await make(runtime, shell('exit 0'))
      const absent = randomUUID()
      for (const order of [
        () => runtime.start(absent, 'web'),
        () => runtime.start(pod.uid, 'absent'),
        () => runtime.stop(absent, 0),
        () => runtime.logs(absent, LOGS),
      ]) {
        await expect(order()).rejects.toMatchObject({ code: 'not-found' })
      }
      const previous = runtime.logs(pod.uid, { ...LOGS, previous: true })
      await expect(previous).rejects.toMatchObject({ code: 'no-previous' })
    })

    test('[RT17] a stopped watch is silent', async () => {
      const runtime = open()
      const heard: string[] = []
      runtime.watch(({ uid }) => heard.push(uid), throwTrouble).stop()
      const exit = nextExit(runtime)
      const pod = await run(runtime, 'exit 0')
      await exit(pod.uid)
      expect(heard).toEqual([])
    })

    test('[RT18] a pod that cannot be made whole leaves nothing behind', async () => {
      const runtime = open()
      const impossible = { command: [], args: [], image: 'shoal.test/absent:1', pull: 'Never' as const, name: 'side' }
      const pod = podOf(ground().image, [shell('exit 0'), impossible])
      await expect(runtime.create(pod)).rejects.toMatchObject({ name: 'RuntimeError' })
      expect(await runtime.inspect(pod.uid)).toBeUndefined()
    })
  })
}

/** An archive of one file. */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512)
  const fields: readonly [string, number][] = [
    [name, 0],
    ['0000644\0', 100],
    ['0000000\0', 108],
    ['0000000\0', 116],
    [`${content.length.toString(8).padStart(11, '0')}\0`, 124],
    ['00000000000\0', 136],
    ['        ', 148],
    ['0', 156],
    ['ustar\x0000', 257],
  ]
  for (const [field, at] of fields) header.write(field, at, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, Buffer.from(content), padding, Buffer.alloc(1024)])
}

export function podOf(image: string, containers: readonly Partial<ContainerLaunch>[]): PodLaunch {
  const uid = randomUUID()
  return {
    uid,
    name: `web-7f9c-${uid.slice(0, 5)}`,
    namespace: 'default',
    hostname: 'web-host',
    labels: { app: 'web' },
    annotation: '{"claim":1}',
    graceMs: GRACE_MS,
    containers: containers.map((container) => ({
      name: 'web',
      image,
      pull: 'IfNotPresent',
      env: {},
      ports: [],
      attempt: 0,
      ...container,
    })),
  }
}

export function shell(script: string): Partial<ContainerLaunch> {
  return { command: ['busybox', 'sh', '-c'], args: [script] }
}

function withContainer(pod: PodLaunch, change: Partial<ContainerLaunch>): PodLaunch {
  return { ...pod, containers: pod.containers.map((container) => ({ ...container, ...change })) }
}

async function containerOf(runtime: Runtime, uid: string): Promise<RunningContainer | undefined> {
  return (await runtime.inspect(uid))?.containers[0]
}

export async function stateOf(runtime: Runtime, uid: string): Promise<RunningContainer['run'] | undefined> {
  return (await containerOf(runtime, uid))?.run
}

async function logOf(runtime: Runtime, uid: string, options: Partial<LogOptions> = {}): Promise<string> {
  return text(await runtime.logs(uid, { ...LOGS, ...options }))
}

async function ran(
  runtime: Runtime,
  uid: string,
  command: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const session = await runtime.exec(uid, 'web', { command, tty: false, stdin: false })
  const [stdout, stderr, code] = await Promise.all([text(session.stdout), text(session.stderr), session.exit])
  return { code, stdout, stderr }
}

export async function untilLogged(runtime: Runtime, uid: string, what: string): Promise<void> {
  let seen = ''
  for await (const chunk of await runtime.logs(uid, { ...LOGS, follow: true })) {
    seen += String(chunk)
    if (seen.includes(what)) return
  }
  throw new Error(`the log ended without "${what}": ${seen}`)
}

/** Watches from now on; the answer waits for the exit of the pod's first container by events alone, without polling. */
function nextExit(runtime: Runtime): (uid: string, attempt?: number) => Promise<RunningContainer> {
  const looks = new Set<() => void>()
  runtime.watch(() => looks.forEach((look) => look()), throwTrouble)
  return (uid, attempt = 0) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        containerOf(runtime, uid).then((container) => {
          if (container?.run.state === 'exited' && container.attempt === attempt) resolve(container)
        }, reject)
      }
      looks.add(look)
      look()
    })
}

function throwTrouble(reason: string): void {
  throw new Error(`unexpected trouble: ${reason}`)
}

/** The server listens a moment after its process runs: refused connections are tried again. */
async function fetchWhenReady(url: string): Promise<string> {
  for (;;) {
    try {
      return await new Promise<string>((resolve, reject) => {
        get(url, { agent: false }, (response) => resolve(text(response))).on('error', reject)
      })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
    }
  }
}
