/** What a pod's security, network and names do on a real engine: looked at from inside the containers, not in their options. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { podOf, shell } from '../../node/runtime/contract.ts'
import { discover } from '../../node/runtime/docker-discovery.ts'
import { DockerRuntime } from '../../node/runtime/docker.ts'
import type { ContainerLaunch, PodLaunch } from '../../node/runtime/runtime.ts'
import type { SecurityLaunch } from '../../node/runtime/security-launch.ts'
import { useEngine } from './engine.ts'
import { makeBusyboxImage } from './images.ts'

const IMAGE = 'shoal-test/busybox:1'
const state = mkdtempSync(join(tmpdir(), 'shoal-security-'))
const profiles = join(state, 'seccomp')
let engine: Awaited<ReturnType<typeof useEngine>>
let runtime: DockerRuntime

beforeAll(async () => {
  engine = await useEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-engine-')) })
  await makeBusyboxImage(engine.socket, [IMAGE])
  const place = { dockerHost: `unix://${engine.socket}`, env: {}, home: '/nonexistent', userId: 0 }
  runtime = new DockerRuntime({
    node: `test-${process.pid}-secure`,
    home: `home-${process.pid}-secure`,
    cluster: 'test',
    discover: () => discover(place),
    directory: join(state, 'volumes'),
    seccompProfiles: profiles,
  })
})
const uids: string[] = []
afterEach(async () => {
  for (const uid of uids.splice(0)) await runtime.remove(uid)
})
afterAll(async () => {
  await runtime?.close()
  await engine?.stop()
  rmSync(state, { recursive: true, force: true })
})

async function started(change: Partial<PodLaunch>, ...containers: Partial<ContainerLaunch>[]): Promise<PodLaunch> {
  const pod = { ...podOf(IMAGE, containers), ...change }
  uids.push(pod.uid)
  await runtime.create(pod)
  for (const { name } of pod.containers) await runtime.start(pod.uid, name)
  return pod
}

const logOf = async (pod: PodLaunch, container = 'web'): Promise<string> =>
  text(await runtime.logs(pod.uid, { container, follow: true, timestamps: false, previous: false }))

/** What a script says as the only container of a pod. */
async function said(
  script: string,
  more: Partial<ContainerLaunch> = {},
  pod: Partial<PodLaunch> = {},
): Promise<string> {
  return (await logOf(await started(pod, { ...shell(script), ...more }))).trim()
}

const inside = (security: SecurityLaunch, script: string): Promise<string> => said(script, { security })

/** One line of `/proc/self/status`. */
const statusOf = (name: string): string => `busybox awk '/^${name}:/ { print $2 }' /proc/self/status`

test('[DOCK42] a container runs as the user, group and further groups that it names', async () => {
  const script = 'busybox id -u; busybox id -g; busybox id -G'
  expect(await inside({ user: 1234, group: 2345, groups: [77, 88] }, script)).toBe('1234\n2345\n2345 77 88')
  expect(await inside({ group: 2345 }, 'busybox id -u; busybox id -g')).toBe('0\n2345')
})

test('[DOCK42] capabilities are added and dropped', async () => {
  expect(await inside({ dropCapabilities: ['ALL'] }, statusOf('CapEff'))).toBe('0000000000000000')
  const bind = await inside({ dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE'] }, statusOf('CapEff'))
  expect(Number(`0x${bind}`)).toBe(2 ** 10)
  const default_ = BigInt(`0x${await inside({}, statusOf('CapEff'))}`)
  const traced = BigInt(`0x${await inside({ addCapabilities: ['SYS_PTRACE'] }, statusOf('CapEff'))}`)
  expect(traced).toBe(default_ | (1n << 19n))
})

test('[DOCK3] a program gains no rights by its file, unless the container may', async () => {
  expect(await inside({}, statusOf('NoNewPrivs'))).toBe('1')
  expect(await inside({ escalation: false, addCapabilities: ['CHOWN'] }, statusOf('NoNewPrivs'))).toBe('1')
  expect(await inside({ escalation: true }, statusOf('NoNewPrivs'))).toBe('0')
})

test('[DOCK42] seccomp is on, unless it is turned off', async () => {
  expect(await inside({}, statusOf('Seccomp'))).toBe('2')
  expect(await inside({ seccomp: 'RuntimeDefault' }, statusOf('Seccomp'))).toBe('2')
  expect(await inside({ seccomp: 'Unconfined' }, statusOf('Seccomp'))).toBe('0')
})

test('[DOCK51] a seccomp profile of the node holds', async () => {
  mkdirSync(join(profiles, 'strict'), { recursive: true })
  const noDirectories = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }]
  const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: noDirectories }
  writeFileSync(join(profiles, 'strict/a.json'), JSON.stringify(profile, undefined, 2))
  const script = 'busybox mkdir /tmp/a 2>/dev/null && echo made || echo refused'
  expect(await inside({}, script)).toBe('made')
  expect(await inside({ seccomp: { node: 'strict/a.json' } }, script)).toBe('refused')
})

test.each([
  ['b.json', 'is not there'],
  ['out.json', 'leads out of its directory'],
  ['words.json', 'cannot be read'],
  ['long.json', 'is larger than 262144 bytes'],
])('[DOCK51] %s %s, and the container is not made', async (node, why) => {
  mkdirSync(profiles, { recursive: true })
  rmSync(join(profiles, 'out.json'), { force: true })
  symlinkSync('/etc/os-release', join(profiles, 'out.json'))
  writeFileSync(join(profiles, 'words.json'), 'no JSON')
  writeFileSync(join(profiles, 'long.json'), `"${'x'.repeat(300_000)}"`)
  await expect(inside({ seccomp: { node } }, 'exit 0')).rejects.toMatchObject({
    message: expect.stringContaining(`seccomp profile ${node} ${why}`),
  })
})

test('[DOCK42] the root is read-only where that is asked for, volumes are not', async () => {
  const script = 'touch /file 2>/dev/null && echo written || echo refused; touch /data/file && echo kept'
  const mounts = [{ volume: 'data', path: '/data', readOnly: false }]
  const volumes = [{ kind: 'empty', name: 'data', medium: 'disk' }] as const
  expect(await said(script, { security: { readOnlyRoot: true }, mounts }, { volumes })).toBe('refused\nkept')
  expect(await said(script, { mounts }, { volumes })).toBe('written\nkept')
})

test('[DOCK42] a privileged container has all that the machine has', async () => {
  const own = BigInt(`0x${/^CapBnd:\t(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`)
  const last = BigInt(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8').trim())
  const script = `${statusOf('CapEff')}; ${statusOf('Seccomp')}`
  const told = inside({ privileged: true }, script)
  // A machine that is itself confined has not all of them to give, and its engine says so.
  if (own !== (1n << (last + 1n)) - 1n) return expect(told).rejects.toThrow(/unable to apply caps/)
  const [capabilities, seccomp] = (await told).split('\n')
  expect([BigInt(`0x${capabilities}`), seccomp]).toEqual([own, '0'])
})

test('[DOCK42] an open /proc hides nothing', async () => {
  const script = 'busybox grep -c " /proc/" /proc/self/mountinfo || true'
  expect(Number(await inside({}, script))).toBeGreaterThan(0)
  expect(await inside({ openProc: true }, script)).toBe('0')
})

test('[DOCK43] an image that runs as root is refused where root is', async () => {
  const refused = inside({ nonRoot: true }, 'exit 0')
  await expect(refused).rejects.toMatchObject({
    message: expect.stringMatching(/container web has runAsNonRoot, and image \S+ runs as root; set runAsUser/),
  })
  expect(await inside({ nonRoot: true, user: 1000 }, 'busybox id -u')).toBe('1000')
})

test('[DOCK3] the number of processes is bounded', async () => {
  const path = '/sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max'
  expect(await said(`for f in ${path}; do test -e $f && cat $f; done; true`)).toBe('4096')
})

test('[DOCK47] what was promised is a share, what is the limit a quota', async () => {
  const files = 'cpu.shares cpu.cfs_quota_us cpu.weight cpu.max'
  const script = `for f in ${files}; do for d in /sys/fs/cgroup/cpu /sys/fs/cgroup; do test -f $d/$f && echo $f $(cat $d/$f); done; done; true`
  const lines = await said(script, { cpuRequestMilli: 500, cpuMilli: 750 })
  expect(lines).toMatch(/^cpu\.shares 512\ncpu\.cfs_quota_us 75000$|^cpu\.weight 20\ncpu\.max 75000 100000$/)
})

test('[DOCK46] who promised nothing is killed first; an engine that may spare nobody starts them all the same', async () => {
  expect(await said('cat /proc/self/oom_score_adj', { oomScore: 1000 })).toBe('1000')
  const spared = Number(await said('cat /proc/self/oom_score_adj', { oomScore: -997 }))
  expect([-997, 0]).toContain(spared)
  expect(Number(await said('cat /proc/self/oom_score_adj', { oomScore: -997 }))).toBe(spared)
})

test('[DOCK44] containers of a pod that share their processes see one another, others do not', async () => {
  const sleep = { ...shell('exec busybox sleep 987'), name: 'side' }
  const look = shell('busybox sleep 0.3; busybox ps -o args | busybox grep -c "[s]leep 987"; true')
  const shared = await started({ network: { sharedProcesses: true } }, sleep, { ...look, name: 'web' })
  expect((await logOf(shared)).trim()).toBe('1')
  const apart = await started({}, sleep, { ...look, name: 'web' })
  expect((await logOf(apart)).trim()).toBe('0')
})

test('[DOCK44] a pod in the network of its node has its address and its name', async () => {
  const address = firstAddress()
  const script = 'busybox hostname; busybox ls /sys/class/net; echo $IP'
  const pod = await started(
    { network: { hostAddress: address } },
    { ...shell(script), env: { IP: '\u0001pod-address\u0001' } },
  )
  const [name, ...rest] = (await logOf(pod)).trim().split('\n')
  expect(name).toBe(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim())
  expect(rest.at(-1)).toBe(address)
  const own = readFileSync('/proc/net/dev', 'utf8')
    .match(/^\s*[^:\s]+(?=:)/gm)
    ?.map((each) => each.trim())
  for (const each of rest
    .slice(0, -1)
    .flatMap((line) => line.split(/\s+/))
    .filter((link) => !link.startsWith('veth')))
    expect(own).toContain(each)
  expect((await runtime.inspect(pod.uid))?.podIP).toBe(address)
})

test('[DOCK44] several containers of such a pod share it, and IPC', async () => {
  const script = 'busybox readlink /proc/self/ns/net; busybox readlink /proc/self/ns/ipc'
  const pod = await started({ network: { hostAddress: firstAddress() } }, shell(script), {
    ...shell(script),
    name: 'side',
  })
  const [web, side] = [await logOf(pod), await logOf(pod, 'side')]
  expect(web).toBe(side)
})

test("[DOCK44] a pod may see its node's processes and IPC", async () => {
  const script = 'busybox readlink /proc/self/ns/pid; busybox readlink /proc/self/ns/ipc'
  const shared = await said(script, {}, { network: { hostProcesses: true, hostIpc: true } })
  const own = await said(script)
  const [pid, ipc] = shared.split('\n')
  expect(own).not.toContain(pid)
  expect(own).not.toContain(ipc)
})

test('[DOCK45] aliases and the full name are in /etc/hosts, of every container', async () => {
  const network = {
    aliases: [{ ip: '192.0.2.7', names: ['db', 'db.test'] }],
    domainName: 'web-host.sub.default.svc.cluster.local',
  }
  const script = 'cat /etc/hosts; busybox hostname'
  const pod = await started({ network }, shell(script), { ...shell(script), name: 'side' })
  for (const container of ['web', 'side']) {
    const hosts = await logOf(pod, container)
    expect(hosts).toMatch(/^192\.0\.2\.7\s+db$/m)
    expect(hosts).toMatch(/^192\.0\.2\.7\s+db\.test$/m)
    expect(hosts).toMatch(/^\d+\.\d+\.\d+\.\d+\s+web-host\.sub\.default\.svc\.cluster\.local web-host$/m)
    expect(hosts.trim().split('\n').at(-1)).toBe('web-host')
  }
})

test('[DOCK45] resolvers stand alone, or after those of the node', async () => {
  const given = { nameservers: ['192.0.2.53'], searches: ['shop.test'], options: ['ndots:2'] }
  const alone = await said('cat /etc/resolv.conf', {}, { network: { dns: { besideNode: false, ...given } } })
  const lines = alone.split('\n').filter((line) => !line.startsWith('#') && line !== '')
  expect(lines.sort()).toEqual(['nameserver 192.0.2.53', 'options ndots:2', 'search shop.test'])
  const bare = { besideNode: false, nameservers: ['192.0.2.53'], searches: [], options: [] }
  const nothing = await said('cat /etc/resolv.conf', {}, { network: { dns: bare } })
  expect(nothing).not.toMatch(/^search\s+[^.\s]/m)
  const beside = await said('cat /etc/resolv.conf', {}, { network: { dns: { besideNode: true, ...given } } })
  for (const name of readFileSync('/etc/resolv.conf', 'utf8')
    .match(/^search .*/m)?.[0]
    .split(/\s+/)
    .slice(1) ?? [])
    expect(beside).toContain(name)
  expect(beside).toMatch(/^search .*shop\.test/m)
  expect(beside).toMatch(/^nameserver 192\.0\.2\.53$/m)
})

test('[DOCK44] sysctls of the pod hold in all of its containers', async () => {
  const network = { sysctls: { 'net.ipv4.ip_unprivileged_port_start': '80' } }
  const script = shell('cat /proc/sys/net/ipv4/ip_unprivileged_port_start')
  const pod = await started({ network }, script, { ...script, name: 'side' })
  expect([await logOf(pod), await logOf(pod, 'side')]).toEqual(['80\n', '80\n'])
})

test('[DOCK48] a port of the node leads to the container, and one that is taken is said', async () => {
  const server = createServer().listen(0)
  const address = server.address()
  const hostPort = typeof address === 'object' && address !== null ? address.port : 0
  const serve = shell('echo here >index.html; exec busybox httpd -f -p 8080')
  const ports = [{ port: 8080, protocol: 'TCP', hostPort }] as const
  await expect(started({}, { ...serve, ports })).rejects.toMatchObject({ code: 'port-in-use' })
  await new Promise((resolve) => server.close(resolve))
  await started({}, { ...serve, ports })
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${hostPort}/index.html`)).text().catch(() => ''), {
      timeout: 10_000,
    })
    .toBe('here\n')
})

test("[VOL20] an empty directory in memory is of the pod's group", async () => {
  const volumes = [{ kind: 'empty', name: 'data', medium: 'memory', group: 4321 }] as const
  const mounts = [{ volume: 'data', path: '/data', readOnly: false }]
  const script = 'touch /data/file; busybox stat -c "%g %a" /data; busybox stat -c %g /data/file'
  const out = await said(script, { mounts, security: { user: 1000, groups: [4321] } }, { volumes })
  expect(out).toBe('4321 2777\n4321')
})

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flat()
  return all.find((each) => each?.family === 'IPv4')?.address ?? '127.0.0.1'
}
