import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { BadWay } from './bad-cables.ts'
import { Lab, type LabMachine } from './lab.ts'
import { stretched } from './patience.ts'
import { ProcessCluster } from './process-cluster.ts'
import { RealCluster } from './real-cluster.ts'
import { until } from './remains.ts'

const PORT = 5_000
const SOON_MS = 30_000

let lab: Lab
let here: LabMachine
let there: LabMachine
beforeEach(() => {
  lab = new Lab()
  ;[here, there] = [lab.add(), lab.add()]
  return () => lab.stop()
})

const FAIR = { delayMs: 0, jitterMs: 0, late: 0, twice: 0, flipped: 0 }
const badly = (from: LabMachine, to: LabMachine, bad: Partial<BadWay>): BadWay => ({
  ...FAIR,
  ...bad,
  from: from.mac,
  to: to.mac,
})
const inside = ({ namespace }: LabMachine, ...words: string[]): [string, string[]] => [
  'nsenter',
  [`--net=/run/netns/${namespace}`, ...words],
]

/** Round trips of so many echoes, ms; those without an answer are left out. */
function pings(from: LabMachine, to: LabMachine, count = 5): number[] {
  const [program, words] = inside(from, 'busybox', 'ping', '-c', `${count}`, '-i', '0.1', '-W', '5', to.address)
  const { stdout } = spawnSync(program, words, { encoding: 'utf8' })
  return [...stdout.matchAll(/time=([\d.]+) ms\n/g)].map(([, ms]) => Number(ms))
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN

/** Says the number of each datagram that it hears. */
const LISTENER = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (message) => console.log(String(message)))
  socket.bind(${PORT}, '0.0.0.0', () => console.log('listens'))
`
const talker = (to: LabMachine, count: number, everyMs: number): string => `
  const socket = require('node:dgram').createSocket('udp4')
  let number = 0
  const timer = setInterval(() => {
    socket.send(String(number++), ${PORT}, '${to.address}')
    if (number === ${count}) { clearInterval(timer); setTimeout(() => socket.close(), 100) }
  }, ${everyMs})
`

/** Numbers of datagrams in the order in which they came, until nothing came for as long. */
async function heard({ count, everyMs, quietMs = 500 }: { count: number; everyMs: number; quietMs?: number }) {
  const listener = spawn(...inside(there, process.execPath, '-e', LISTENER), { stdio: ['ignore', 'pipe', 'inherit'] })
  const numbers: number[] = []
  const lines = createInterface({ input: listener.stdout })
  await once(lines, 'line')
  let lastMs = performance.now()
  lines.on('line', (line) => {
    numbers.push(Number(line))
    lastMs = performance.now()
  })
  const [program, words] = inside(here, process.execPath, '-e', talker(there, count, everyMs))
  await once(spawn(program, words, { stdio: 'inherit' }), 'exit')
  await until(() => performance.now() - lastMs > quietMs, SOON_MS)
  listener.kill('SIGKILL')
  return numbers
}

const overtaken = (numbers: readonly number[]): number =>
  numbers.filter((number, at) => numbers.slice(0, at).some((before) => before > number)).length

test('[LAB25] what goes one way comes later by so much, and at once when that is over', async () => {
  const third = lab.add()
  expect(median(pings(here, there))).toBeLessThan(stretched(20))
  await lab.spoil(new Map([[here, [badly(here, there, { delayMs: 200 })]]]))
  // The way back is not late, nor are others.
  const late = median(pings(here, there))
  expect(late).toBeGreaterThanOrEqual(200)
  expect(late).toBeLessThan(200 + stretched(50))
  expect(median(pings(here, third))).toBeLessThan(stretched(20))
  // Each way has its own, by the cable of one of the two.
  const both = [badly(here, there, { delayMs: 200 }), badly(there, here, { delayMs: 300 })]
  await lab.spoil(new Map([[there, both]]))
  expect(median(pings(there, here))).toBeGreaterThanOrEqual(500)
  expect(median(pings(there, here))).toBeLessThan(500 + stretched(50))
  await lab.spoil(new Map())
  expect(median(pings(here, there))).toBeLessThan(stretched(20))
})

test('[LAB25] a jitter makes some later than others, and keeps their order; what waits passes when it is over', async () => {
  await lab.spoil(new Map([[here, [badly(here, there, { delayMs: 50, jitterMs: 40 })]]]))
  const trips = pings(here, there, 30)
  expect(Math.min(...trips)).toBeGreaterThanOrEqual(50)
  expect(Math.min(...trips)).toBeLessThan(50 + stretched(40))
  // In the mean 40 ms, of one in ten more than 92.
  expect(Math.max(...trips)).toBeGreaterThan(110)
  const numbers = await heard({ count: 300, everyMs: 2 })
  expect(numbers).toEqual(Array.from({ length: 300 }, (_, number) => number))

  await lab.spoil(new Map([[here, [badly(here, there, { delayMs: 60_000 })]]]))
  const coming = heard({ count: 20, everyMs: 2, quietMs: 2_000 })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await lab.spoil(new Map())
  expect((await coming).length).toBe(20)
})

test('[LAB26] a share is overtaken', async () => {
  await lab.spoil(new Map([[here, [badly(here, there, { late: 0.2 })]]]))
  const numbers = await heard({ count: 500, everyMs: 1 })
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, number) => number))
  expect(overtaken(numbers)).toBeGreaterThan(50)
  expect(overtaken(numbers)).toBeLessThan(160)
})

test('[LAB27] a share comes twice', async () => {
  await lab.spoil(new Map([[here, [badly(here, there, { twice: 0.2 })]]]))
  const numbers = await heard({ count: 500, everyMs: 1 })
  expect(new Set(numbers).size).toBe(500)
  expect(numbers.length).toBeGreaterThan(550)
  expect(numbers.length).toBeLessThan(660)
})

/** Tells of all that it reads how much there is, and how much of it is no `a`. */
const READER = `
  require('node:net').createServer((socket) => {
    let bytes = 0, others = 0
    socket.on('data', (part) => { bytes += part.length; for (const byte of part) others += Number(byte !== 97) })
    socket.on('end', () => { console.log(JSON.stringify({ bytes, others })); process.exit() })
  }).listen(${PORT}, '0.0.0.0', () => console.log('listens'))
`
const writer = (to: LabMachine, writes: number): string => `
  const socket = require('node:net').connect(${PORT}, '${to.address}', async () => {
    socket.setNoDelay(true)
    for (let at = 0; at < ${writes}; at++) { socket.write('a'.repeat(1000)); await new Promise(setImmediate) }
    socket.end()
  })
`

test('[LAB28] a bit that flips is read from a plain connection, by nobody noticed', async () => {
  await lab.spoil(new Map([[here, [badly(here, there, { flipped: 0.05 })]]]))
  const reader = spawn(...inside(there, process.execPath, '-e', READER), { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void reader.kill('SIGKILL'))
  const lines = createInterface({ input: reader.stdout })
  await once(lines, 'line')
  const writing = spawn(...inside(here, process.execPath, '-e', writer(there, 1_000)), { stdio: 'inherit' })
  // It would wait for the reader's end of the connection, which went with the lab.
  onTestFinished(() => void writing.kill('SIGKILL'))
  const [line] = (await once(lines, 'line')) as [string]
  const { bytes, others } = JSON.parse(line) as { bytes: number; others: number }
  expect(bytes).toBe(1_000_000)
  expect(others).toBeGreaterThan(2)
  expect(others).toBeLessThan(100)
})

/** What the switch has: its links, and processes in its namespace. */
function switchHas(machine: LabMachine): { links: string[]; processes: number } {
  const name = machine.namespace.replace(/^shm\d+-/, 'shsw')
  const said = (program: string, ...words: string[]): string => spawnSync(program, words, { encoding: 'utf8' }).stdout
  const links = said('nsenter', `--net=/run/netns/${name}`, 'ip', '-o', 'link')
  return {
    links: [...links.matchAll(/^\d+: (\w+)/gm)].map(([, link = '']) => link).toSorted(),
    processes: said('ip', 'netns', 'pids', name).split('\n').filter(Boolean).length,
  }
}

test('[LAB29] cables of machines of a fault alone are bad, while it lasts; cuts and power hold on them', async () => {
  const third = lab.add()
  const plain = switchHas(here)
  expect(plain).toEqual({ links: ['br0', 'lo', 'p1', 'p2', 'p3'], processes: 0 })
  await lab.spoil(new Map([[there, [badly(here, there, { delayMs: 100 })]]]))
  expect(switchHas(here)).toEqual({ links: ['br0', 'lo', 'p1', 'p2', 'p3', 'q2', 'r2'], processes: 1 })
  expect(median(pings(here, there))).toBeGreaterThanOrEqual(100)

  lab.cut([{ from: here, to: there }])
  expect(pings(here, there, 3)).toEqual([])
  expect(pings(third, there, 3)).toHaveLength(3)
  lab.heal()
  expect(pings(here, there, 3)).toHaveLength(3)
  lab.unplug(there)
  expect(pings(here, there, 3)).toEqual([])
  lab.plug(there)
  expect(median(pings(here, there))).toBeGreaterThanOrEqual(100)

  await lab.spoil(new Map())
  expect(switchHas(here).links).toEqual(plain.links)
  expect(median(pings(here, there))).toBeLessThan(stretched(20))
  await lab.spoil(new Map([[here, [badly(here, there, { delayMs: 100 })]]]))
  expect(switchHas(here).links).toEqual([...plain.links, 'q1', 'r1'])
})

test('[LAB29] whatever ends a lab ends what made its cables bad', async () => {
  const file = (name: string): string => JSON.stringify(join(import.meta.dirname, name))
  const program = `
    import { Lab } from ${file('lab.ts')}
    const lab = new Lab()
    const [here, there] = [lab.add(), lab.add()]
    const way = { ...${JSON.stringify(FAIR)}, delayMs: 100, from: here.mac, to: there.mac }
    await lab.spoil(new Map([[here, [way]]]))
    console.log(here.namespace)
    if (process.argv.includes('stops')) lab.stop()
    else setInterval(() => {}, 1000)
  `
  const words = ['--import', 'tsx', '--input-type=module', '-e', program]
  for (const how of ['stops', 'is killed']) {
    const child = spawn(process.execPath, [...words, how], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const [namespace] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const id = namespace.replace(/^shm\d+-/, '')
    if (how === 'is killed') {
      expect(relaysOf(id)).toHaveLength(1)
      child.kill('SIGKILL')
    }
    // Who has stopped its lab waits for no process of it.
    await ended
    await expect.poll(() => relaysOf(id), { timeout: stretched(SOON_MS) }).toEqual([])
    const names = (): string => spawnSync('ip', ['netns'], { encoding: 'utf8' }).stdout
    await expect.poll(names, { timeout: stretched(SOON_MS) }).not.toContain(id)
  }
})

/** Processes in the switch of that lab. */
function relaysOf(id: string): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', `shsw${id}`], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean)
}

/** Of a node with others, as its kernel has them. */
function connectionsOf(machine: LabMachine): string[] {
  const [program, words] = inside(machine, 'ss', '-Htn', 'state', 'established')
  const lines = spawnSync(program, words, { encoding: 'utf8' }).stdout.split('\n')
  return lines.flatMap((line) => /[\d.]+:\d+ +[\d.]+:\d+/.exec(line)?.[0] ?? [])
}

test('[LAB28] where bits flip connections of nodes end and come again, and the nodes live on', async () => {
  const own = new Lab()
  const cluster = await ProcessCluster.start(2, { runtime: 'process', lab: own })
  onTestFinished(async () => {
    await cluster.stop()
    own.stop()
  })
  const [one, other] = cluster.nodes.map(({ machine }) => machine!) as [LabMachine, LabMachine]
  const before = connectionsOf(one)
  expect(before).not.toEqual([])
  const pids = cluster.nodes.map(({ pid }) => pid)
  const bad = { flipped: 0.1 }
  await own.spoil(new Map([[one, [badly(one, other, bad), badly(other, one, bad)]]]))
  const left = (): string[] => connectionsOf(one).filter((connection) => before.includes(connection))
  await expect.poll(left, { timeout: stretched(SOON_MS) }).toEqual([])
  await own.spoil(new Map())
  await expect.poll(() => connectionsOf(one), { timeout: stretched(SOON_MS) }).not.toEqual([])
  await cluster.waitAllSeeAll()
  expect(cluster.running.map(({ pid }) => pid)).toEqual(pids)
})

test('[LAB25, LAB29] what a cluster tells of its lines is so', async () => {
  const cluster = await RealCluster.boot(2, { runtime: 'process' })
  onTestFinished(() => cluster.stop())
  const [amber, basil] = cluster.machines as [string, string]
  const reaches = (from: string, to: string): boolean => cluster.reaches(from, to)
  cluster.more.lag('far', [{ from: amber, to: basil }], { delayMs: 700, jitterMs: 0 })
  expect([cluster.lateMs(amber, basil), cluster.lateMs(basil, amber)]).toEqual([700, 0])
  expect([reaches(amber, basil), reaches(basil, amber)]).toEqual([false, true])
  cluster.more.clog('full', [basil], 100)
  // Of a machine that joins meanwhile too.
  const cedar = await cluster.addMachine(amber)
  const late = [cluster.lateMs(amber, basil), cluster.lateMs(cedar, basil), cluster.lateMs(amber, cedar)]
  expect(late).toEqual([800, 100, 0])
  const trips = (): number => median(pings(cluster.labMachine(cedar), cluster.labMachine(basil)))
  await expect.poll(trips, { timeout: stretched(SOON_MS) }).toBeGreaterThanOrEqual(200)
  expect(trips()).toBeLessThan(200 + stretched(50))
  cluster.more.mend('far')
  cluster.more.mend('full')
  expect([cluster.lateMs(amber, basil), reaches(amber, basil)]).toEqual([0, true])
  await expect.poll(trips, { timeout: stretched(SOON_MS) }).toBeLessThan(stretched(20))
  cluster.more.noise('worn', [basil], 0.01)
  expect([reaches(amber, basil), reaches(amber, cedar)]).toEqual([false, true])
})
