import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ask, startEngine, type TestEngine } from './engine.ts'
import { makeBusyboxImage } from './images.ts'

/** What is to happen soon may take its time on a loaded machine. */
const SOON = { timeout: 10_000 }

const engines: TestEngine[] = []
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop()
})

async function start(): Promise<TestEngine> {
  const engine = await startEngine({ dir: mkdtempSync(join(tmpdir(), 'shoal-engine-')) })
  engines.push(engine)
  return engine
}

/** Everything on this machine that could be an engine's. */
function traces(): string[] {
  const bridges = execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' }).split('\n')
  const groups = readdirSync('/sys/fs/cgroup').flatMap((controller) => {
    const path = join('/sys/fs/cgroup', controller)
    return existsSync(join(path, 'tasks')) || existsSync(join(path, 'cgroup.procs')) ? readdirSync(path) : []
  })
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const names = [...bridges, ...groups, ...mounts].filter((line) => /shoal(\d+x|-engine-)/.test(line))
  return names.map((line) => line.split(' ')[0] ?? '').sort()
}

async function runSleeper(engine: TestEngine): Promise<number> {
  await makeBusyboxImage(engine.socket, ['busybox:1'])
  const body = JSON.stringify({ Image: 'busybox:1', Cmd: ['sleep', '1000'] })
  const created = await ask(engine.socket, 'POST', '/containers/create', body)
  const { Id } = JSON.parse(created.body) as { Id: string }
  expect(await ask(engine.socket, 'POST', `/containers/${Id}/start`)).toMatchObject({ status: 204 })
  const { body: shown } = await ask(engine.socket, 'GET', `/containers/${Id}/json`)
  return (JSON.parse(shown) as { State: { Pid: number } }).State.Pid
}

test('[RIG1] two engines run side by side, and stopping them leaves no trace, even with containers that ignore SIGTERM', async () => {
  const before = traces()
  const pids = []
  for (const engine of [await start(), await start()]) pids.push(engine.pid, await runSleeper(engine))
  expect(traces().length).toBeGreaterThan(before.length)
  for (const engine of engines.splice(0)) await engine.stop()
  expect(traces()).toEqual(before)
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
})

test('[RIG2] a crash takes engine and containers at once', async () => {
  const engine = await start()
  const sleeper = await runSleeper(engine)
  const sleeping = (pid: number): boolean => /^State:\s+[^ZX]/m.test(readOrEmpty(`/proc/${pid}/status`))
  expect(sleeping(sleeper)).toBe(true)
  engine.crash()
  await expect.poll(() => [engine.pid, sleeper].filter(sleeping), SOON).toEqual([])
})

function readOrEmpty(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
