/**
 * The suite that every runtime passes with its volumes: `process.test.ts` calls it over processes (as root), `chaos-tests/real/docker-runtime.test.ts`
 * over an engine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { podOf, shell, untilLogged } from './contract.ts'
import { memoryRootOf } from './memory-root.ts'
import type { ContainerLaunch, PodLaunch, Runtime } from './runtime.ts'
import type { FileLaunch, FilesVolume, MountLaunch, VolumeLaunch } from './volume-launch.ts'
import { Volumes } from './volumes.ts'

export interface VolumeGround {
  readonly image: string
  /** A runtime as a fresh agent of one and the same node would make it. */
  open(): Runtime
  /** Where it keeps its volumes, or above. */
  readonly directory: string
  /** The one directory of this machine that it gives to pods. */
  readonly given: string
}

const SLEEP = 'exec busybox sleep 1000'

export function volumeContract(title: string, ground: () => VolumeGround): void {
  let runtime: Runtime
  /** Where containers mount what they mount: on processes a directory of this machine that is there meanwhile. */
  let at: string
  const uids = new Set<string>()

  beforeEach(() => {
    mkdirSync(ground().given, { recursive: true })
    runtime = ground().open()
    at = join('/mnt', `shoal-test-${process.pid}`)
  })
  afterEach(async () => {
    for (const uid of uids) await runtime.remove(uid)
    uids.clear()
    await runtime.close()
    rmSync(ground().given, { recursive: true, force: true })
    expect(existsSync(at)).toBe(false)
  })

  const mount = (volume: string, change: Partial<MountLaunch> = {}): MountLaunch => ({
    volume,
    path: join(at, volume),
    readOnly: false,
    ...change,
  })

  function podWith(volumes: readonly VolumeLaunch[], ...containers: Partial<ContainerLaunch>[]): PodLaunch {
    const pod = { ...podOf(ground().image, containers), volumes }
    uids.add(pod.uid)
    return pod
  }

  async function run(pod: PodLaunch): Promise<PodLaunch> {
    await runtime.create(pod)
    for (const { name } of pod.containers) await runtime.start(pod.uid, name)
    return pod
  }

  /** What a script prints, whose last line is `done`. */
  async function printed(pod: PodLaunch, container = 'web'): Promise<string[]> {
    const options = { container, follow: true, timestamps: false, previous: false }
    let seen = ''
    for await (const chunk of await runtime.logs(pod.uid, options)) {
      seen += String(chunk)
      if (/^done$/m.test(seen)) return seen.split('\n').slice(0, -2)
    }
    throw new Error(`the log ended: ${seen}`)
  }

  async function output(
    volumes: readonly VolumeLaunch[],
    script: string,
    mounts: readonly MountLaunch[],
  ): Promise<string[]> {
    return printed(await run(podWith(volumes, { ...shell(`${script}; echo done; ${SLEEP}`), mounts })))
  }

  describe(`${title}: volumes`, () => {
    test('[VOL1] files are where they are mounted, to the letter, with their modes, and cannot be written', async () => {
      const volume = files('conf', { 'app.conf': 'level = info\n', 'keys/own.pem': 'pem' }, { mode: 0o640 })
      const script = `cd ${at}/conf; cat app.conf; cat keys/own.pem; echo; busybox stat -L -c %a app.conf; echo x 2>/dev/null >new || echo refused`
      const lines = await output([volume], script, [mount('conf', { readOnly: true })])
      expect(lines).toEqual(['level = info', 'pem', '640', 'refused'])
    })

    test('[VOL30] a command in a container, and a copy of its files, see the volumes it sees', async () => {
      const volume = files('conf', { 'app.conf': 'level = info\n' })
      const pod = await run(podWith([volume], { ...shell(SLEEP), mounts: [mount('conf', { readOnly: true })] }))
      const path = `${at}/conf/app.conf`
      const session = await runtime.exec(pod.uid, 'web', {
        command: ['busybox', 'cat', path],
        tty: false,
        stdin: false,
      })
      const told = await Promise.all([text(session.stdout), text(session.stderr), session.exit])
      expect(told).toEqual(['level = info\n', '', 0])
      expect(await runtime.pathKind(pod.uid, 'web', path)).toBe('other')
      const copy = await runtime.copyOut(pod.uid, 'web', path)
      copy.stderr.resume()
      expect(await text(copy.stdout)).toContain('level = info\n')
    })

    test('[VOL20] what is made for a pod is of its group, which reads files and writes directories', async () => {
      const volumes = [files('keys', { own: 'open' }, { mode: 0o400, group: 4321 }), empty('data', { group: 4321 })]
      const script = `cat ${at}/keys/own; echo; busybox touch ${at}/data/file; busybox stat -c "%g %a" ${at}/data; busybox stat -c %g ${at}/data/file`
      const mounts = [mount('keys', { readOnly: true }), mount('data')]
      const security = { user: 1000, groups: [4321] }
      const pod = podWith(volumes, { ...shell(`${script}; echo done; ${SLEEP}`), mounts, security })
      expect(await printed(await run(pod))).toEqual(['open', '4321 2777', '4321'])
    })

    test('[VOL1] a part of a volume is mounted as a file or a directory of its own', async () => {
      const volumes = [files('conf', { a: '1', b: '2' }), empty('data')]
      const script = `cat ${at}/only; echo; busybox ls ${at}/conf-gone 2>/dev/null || echo none; echo x >${at}/part/file; cat ${at}/all/sub/dir/file`
      const lines = await output(volumes, script, [
        mount('conf', { path: `${at}/only`, subPath: 'b', readOnly: true }),
        mount('data', { path: `${at}/part`, subPath: 'sub/dir' }),
        mount('data', { path: `${at}/all` }),
      ])
      expect(lines).toEqual(['2', 'none', 'x'])
    })

    test.each(['disk', 'memory'] as const)(
      '[VOL1] the containers of a pod share an empty directory (%s), which outlives each of them',
      async (medium) => {
        const volumes = [empty('data', { medium })]
        const mounts = [mount('data')]
        const write = `echo hello >${at}/data/said; echo done; ${SLEEP}`
        const read = `until test -e ${at}/data/said; do busybox sleep 0.05; done; cat ${at}/data/said; echo done; ${SLEEP}`
        const pod = podWith(volumes, { ...shell(write), mounts }, { ...shell(read), name: 'side', mounts })
        await run(pod)
        expect(await printed(pod, 'side')).toEqual(['hello'])
        // Both end, and the pod does not: what holds its memory on an engine runs on.
        await runtime.stop(pod.uid, 100, ['web', 'side'])
        const containers = pod.containers.map((container) => ({ ...container, ...shell(read), attempt: 1 }))
        await runtime.recreate({ ...pod, containers }, 'web')
        await runtime.start(pod.uid, 'web')
        expect(await printed(pod)).toEqual(['hello'])
      },
    )

    test('[VOL1] an empty directory can be written by whoever the container runs as, and mounted read-only', async () => {
      const script = `busybox stat -c %a ${at}/data; echo x 2>/dev/null >${at}/locked/file || echo refused`
      const lines = await output([empty('data')], script, [
        mount('data'),
        mount('data', { path: `${at}/locked`, readOnly: true }),
      ])
      expect(lines).toEqual(['777', 'refused'])
    })

    test('[VOL2, VOL3] changed files are swapped at once in a running container; a part that is mounted stays as it was', async () => {
      const mounts = [
        mount('conf', { readOnly: true }),
        mount('conf', { path: `${at}/fixed`, subPath: 'a', readOnly: true }),
      ]
      const look = `cd ${at}/conf; echo up; until test "$(cat a)" = two; do busybox sleep 0.02; done; echo "$(cat b 2>/dev/null) $(cat c) $(cat ${at}/fixed)"; echo done; ${SLEEP}`
      const pod = podWith([files('conf', { a: 'one', b: 'gone' })], { ...shell(look), mounts })
      await run(pod)
      await untilLogged(runtime, pod.uid, 'up')
      await runtime.refresh(pod.uid, [files('conf', { a: 'two', c: 'new' })])
      expect(await printed(pod)).toEqual(['up', ' new one'])
      await runtime.stop(pod.uid, 100)
      const [web] = pod.containers as [ContainerLaunch]
      const volumes = [files('conf', { a: 'two', c: 'new' })]
      await runtime.recreate({ ...pod, volumes, containers: [{ ...web, attempt: 1 }] }, 'web')
      await runtime.start(pod.uid, 'web')
      expect(await printed(pod)).toEqual(['up', ' new two'])
    })

    test('[VOL4] the values of a secret are in memory and on no disk, and gone with the pod', async () => {
      const value = `hunter2-${process.pid}`
      const volume = files('keys', { password: value }, { isSecret: true })
      const mounts = [mount('keys', { readOnly: true })]
      const pod = podWith([volume], { ...shell(`cat ${at}/keys/password; echo; echo done; ${SLEEP}`), mounts })
      await run(pod)
      expect(await printed(pod)).toEqual([value])
      await runtime.refresh(pod.uid, [files('keys', { password: `${value}-new` }, { isSecret: true })])
      const onDisk = allFiles(ground().directory).filter((file) => !file.endsWith('.log'))
      expect(onDisk.filter((file) => readFileSync(file, 'utf8').includes(value))).toEqual([])
      const kept = (): string[] => rootsOf(ground().directory).flatMap((root) => allFiles(memoryRootOf(root)))
      expect(kept().map((file) => readFileSync(file, 'utf8'))).toContain(`${value}-new`)
      await runtime.remove(pod.uid)
      expect(kept().filter((file) => file.includes(pod.uid))).toEqual([])
    })

    test('[VOL5] a path of the machine is mounted below what the node gives', async () => {
      const { given } = ground()
      writeFileSync(join(given, 'file'), 'from outside\n')
      const volumes: VolumeLaunch[] = [
        { kind: 'host', name: 'file', path: join(given, 'file'), type: 'File' },
        { kind: 'host', name: 'fresh', path: join(given, 'made/here'), type: 'DirectoryOrCreate' },
      ]
      const script = `cat ${at}/file; echo back >${at}/fresh/said`
      expect(await output(volumes, script, [mount('file'), mount('fresh')])).toEqual(['from outside'])
      expect(readFileSync(join(given, 'made/here/said'), 'utf8')).toBe('back\n')
    })

    test.each(['/etc', 'link', 'link/shadow', 'none', 'file', 'dangling'])(
      '[VOL5] %s is refused, and nothing is left of the pod',
      async (path) => {
        const { given } = ground()
        symlinkSync('/etc', join(given, 'link'))
        symlinkSync('/nonexistent/made', join(given, 'dangling'))
        writeFileSync(join(given, 'file'), '')
        const type = path === 'dangling' ? 'FileOrCreate' : path === 'none' || path === 'file' ? 'Directory' : undefined
        const whole = path.startsWith('/') ? path : join(given, path)
        const host: VolumeLaunch = { kind: 'host', name: 'host', path: whole, ...(type === undefined ? {} : { type }) }
        const pod = podWith([empty('data'), host], { ...shell(SLEEP), mounts: [mount('data'), mount('host')] })
        const why = {
          '/etc': /none of the directories that this node gives.*--host-path \/etc/,
          none: /is not there/,
          file: /is no Directory/,
          dangling: /link to nowhere/,
        }
        await expect(runtime.create(pod)).rejects.toThrow(
          why[path as keyof typeof why] ?? /leads to \/etc.* none of the directories/,
        )
        expect(await runtime.inspect(pod.uid)).toBeUndefined()
        expect(allFiles(ground().directory).filter((file) => file.includes(pod.uid))).toEqual([])
      },
    )

    test('[VOL6] a part of a volume never leads out of it, wherever a container before put its links', async () => {
      const mounts = [mount('data')]
      const pod = podWith([empty('data')], {
        ...shell(`busybox ln -s /etc ${at}/data/out; echo done; ${SLEEP}`),
        mounts,
      })
      await run(pod)
      await printed(pod)
      await runtime.stop(pod.uid, 100)
      const [web] = pod.containers as [ContainerLaunch]
      const containers = [{ ...web, mounts: [mount('data', { subPath: 'out' })], attempt: 1 }]
      await expect(runtime.recreate({ ...pod, containers }, 'web')).rejects.toThrow(
        /subPath out leads out of its volume/,
      )
    })

    test('[VOL7] memory is bounded by its limit', async () => {
      const script = `busybox dd if=/dev/zero of=${at}/data/big bs=1024 count=2048 2>/dev/null || echo full; busybox df -k ${at}/data | busybox tail -1 | busybox awk '{print $1, $2}'`
      const lines = await output([empty('data', { medium: 'memory', sizeBytes: 2 ** 20 })], script, [mount('data')])
      expect(lines).toEqual(['full', expect.stringMatching(/^(tmpfs|shoal) 1024$/)])
    })

    test('[VOL7] what a directory on disk holds can be told', async () => {
      const script = `busybox dd if=/dev/urandom of=${at}/data/big bs=1024 count=2048 2>/dev/null; echo done; ${SLEEP}`
      const pod = podWith([empty('data'), empty('other')], {
        ...shell(script),
        mounts: [mount('data'), mount('other')],
      })
      await run(pod)
      await printed(pod)
      const sizes = await runtime.emptySizes(pod.uid, ['data', 'other'])
      expect(sizes.get('data')).toBeGreaterThanOrEqual(2 ** 21)
      expect(sizes.get('data')).toBeLessThan(2 ** 22)
      expect(sizes.get('other')).toBeLessThan(2 ** 20)
    })

    test('[VOL8] a removed pod leaves nothing, whoever wrote what', async () => {
      const volumes = [
        empty('data'),
        empty('quick', { medium: 'memory', sizeBytes: 2 ** 20 }),
        files('conf', { a: '1' }),
      ]
      const mounts = volumes.map(({ name }) => mount(name))
      const script = `busybox mkdir -p ${at}/data/deep/er; echo x >${at}/data/deep/er/file; busybox chmod 0 ${at}/data/deep; echo x >${at}/quick/file; echo done; ${SLEEP}`
      const pod = podWith(volumes, { ...shell(script), mounts })
      await run(pod)
      await printed(pod)
      await runtime.remove(pod.uid)
      const left = [ground().directory, ...rootsOf(ground().directory).map((root) => memoryRootOf(root))].flatMap(
        allFiles,
      )
      expect(left.filter((file) => file.includes(pod.uid))).toEqual([])
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(pod.uid)
      expect(rootsOf(ground().directory).filter((root) => existsSync(memoryRootOf(root)))).toEqual([])
    })

    test('[VOL8] a new agent sweeps what a crash left of pods that are gone, and leaves alone what runs', async () => {
      const pod = podWith([empty('data')], {
        ...shell(`echo kept >${at}/data/said; echo done; ${SLEEP}`),
        mounts: [mount('data')],
      })
      await run(pod)
      await printed(pod)
      for (const root of rootsOf(ground().directory)) {
        const stray = new Volumes({ directory: root, hostPaths: [], engineMemory: true })
        stray.prepare({ ...pod, uid: 'gone', volumes: [empty('data'), files('keys', { a: '1' }, { isSecret: true })] })
      }
      await runtime.close()
      runtime = ground().open()
      await runtime.list()
      const left = rootsOf(ground().directory).flatMap((root) => [...listed(root), ...listed(memoryRootOf(root))])
      expect(left).toContain(pod.uid)
      expect(left).not.toContain('gone')
    })
  })

  test(`[RT13] ${title}: volumes that are no names and paths are refused before anything is made`, async () => {
    const web = shell(SLEEP)
    const bad: [readonly VolumeLaunch[], MountLaunch[]][] = [
      [[empty('../up')], []],
      [[files('conf', { '../up': '' })], []],
      [[files('conf', { '..data': '' })], []],
      [[files('conf', { '/etc/passwd': '' })], []],
      [[{ kind: 'host', name: 'host', path: `${ground().given}/../../etc` }], []],
      [[{ kind: 'nfs', name: 'nfs', server: 'a,exec', path: '/', readOnly: false }], []],
      [[empty('data')], [mount('other')]],
      [[empty('data')], [mount('data', { path: 'relative' })]],
      [[empty('data')], [mount('data', { path: '/' })]],
      [[empty('data')], [mount('data', { subPath: '../..' })]],
    ]
    for (const [volumes, mounts] of bad) {
      await expect(runtime.create(podWith(volumes, { ...web, mounts }))).rejects.toThrow(/is refused/)
    }
    await expect(runtime.refresh('no-such-pod', [])).rejects.toMatchObject({ code: 'not-found' })
  })
}

function empty(
  name: string,
  change: { medium?: 'disk' | 'memory'; sizeBytes?: number; group?: number } = {},
): VolumeLaunch {
  return { kind: 'empty', name, medium: 'disk', ...change }
}

function files(
  name: string,
  contents: Readonly<Record<string, string>>,
  { mode = 0o644, isSecret = false, group }: { mode?: number; isSecret?: boolean; group?: number } = {},
): FilesVolume {
  const all = Object.entries(contents).map(([path, content]): FileLaunch => ({
    path,
    mode,
    contentBase64: Buffer.from(content).toString('base64'),
  }))
  return { kind: 'files', name, isSecret, files: all, ...(group === undefined ? {} : { group }) }
}

/** Where volumes may lie: the directory of the runtime itself, or one in it. */
function rootsOf(directory: string): readonly string[] {
  const own = join(directory, 'volumes')
  return existsSync(join(directory, 'pods')) ? [own] : [directory]
}

function listed(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}

function allFiles(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  return execFileSync('find', [directory, '-type', 'f'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
}
