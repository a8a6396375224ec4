/**
 * The API of one node under load: lists of 5,000 pods, a hundred watches of a hundred changes a second, a thousand informers that
 * list anew at once; and how soon a Deployment runs that kubectl applies, beside `shoal apply` of the same.
 *
 * Lists and watches are asked of doors, API and view of a node (`api-host.ts`). CPU times are the host's own, so they tell the same
 * on a machine that others use; floors are a plain server that sends the same bytes to as many.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../cli/node-process.ts'
import { applyRounds } from './api-apply.ts'
import type { HostMemory, Order } from './api-host.ts'
import { median, percentile, printFigures, type Figure } from './figures.ts'

const { values: options } = parseArgs({
  options: {
    pods: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '20' },
    informers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: 'list,watch,informers,apply' },
  },
})

const PODS = '/api/v1/pods'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const WATCHES = 100
const CHANGES_PER_SECOND = 100
/** Of the pods that informers list. */
const PAGE = 250
const LISTED = 500

// ---- the host

class Host {
  readonly #child: ChildProcess
  port = 0

  constructor(profile?: string) {
    const flags = [
      ...NODE_FLAGS,
      '--expose-gc',
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ]
    const execArgv = [...flags, '--import', 'tsx']
    this.#child = fork(join(import.meta.dirname, 'api-host.ts'), {
      execArgv,
      env: { ...NODE_ENVIRONMENT, ...process.env },
    })
  }

  ask<T>(order: Order): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('the host ended')))
      this.#child.once('message', ({ answer }: { answer: T }) => resolve(answer))
      this.#child.send(order)
    })
  }

  cpuMs(): Promise<number> {
    return this.ask({ do: 'cpu' })
  }

  memory(): Promise<HostMemory> {
    return this.ask({ do: 'memory' })
  }

  stop(): void {
    this.#child.disconnect()
  }
}

async function hosting(order: Extract<Order, { do: 'serve' | 'serve-plain' }>): Promise<Host> {
  const host = new Host(process.env['API_PROFILE'])
  host.port = await host.ask<number>(order)
  return host
}

interface Got {
  readonly status: number
  readonly bytes: number
  readonly text: string
  readonly tookMs: number
  readonly retryAfterMs: number
}

interface Getting {
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

function get({ port }: Host, path: string, { headers = {}, agent }: Getting = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now()
    const user = { 'shoal-user': `bench-${Math.floor(Math.random() * 1e6)}` }
    const options = { host: '127.0.0.1', port, path, headers: { ...user, ...headers }, ...(agent === undefined ? { agent: false } : { agent }) } // prettier-ignore
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const body = Buffer.concat(chunks)
        resolve({
          status: incoming.statusCode ?? 0,
          bytes: body.length,
          text: body.toString(),
          tookMs: performance.now() - startMs,
          retryAfterMs: Number(incoming.headers['retry-after'] ?? 0) * 1_000,
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

// ---- lists

/** All pages of a list, or the one. */
async function list(host: Host, limit: number, accept: string): Promise<{ bytes: number; items: number }> {
  let [bytes, items, next] = [0, 0, '']
  do {
    const words = next === '' ? '' : `&continue=${next}`
    const { status, text, bytes: more } = await get(host, `${PODS}?limit=${limit}${words}`, { headers: { accept } })
    if (status !== 200) throw new Error(`a list was answered ${status}: ${text.slice(0, 200)}`)
    const {
      metadata,
      items: found,
      rows,
    } = JSON.parse(text) as { metadata: { continue?: string }; items?: unknown[]; rows?: unknown[] }
    bytes += more
    items += (found ?? rows ?? []).length
    next = metadata.continue ?? ''
  } while (next !== '')
  return { bytes, items }
}

async function lists(pods: number): Promise<Figure[]> {
  const host = await hosting({ do: 'serve', pods })
  const figures: Figure[] = []
  try {
    const first = await get(host, PODS)
    if (first.status !== 200) throw new Error(first.text.slice(0, 200))
    for (let round = 0; round < 5; round += 1) await get(host, PODS)
    const base = await host.memory()
    const stringified: number[] = []
    for (let round = 0; round < 5; round += 1)
      stringified.push((await host.ask<{ tookMs: number }>({ do: 'stringify' })).tookMs)
    for (const [name, accept] of [
      ['json', 'application/json'],
      ['table', TABLE],
    ] as const) {
      for (const [pages, limit] of [
        ['whole', 0],
        ['pages', 500],
      ] as const) {
        const [took, cpu]: [number[], number[]] = [[], []]
        for (let round = 0; round < Number(options.rounds); round += 1) {
          const before = await host.cpuMs()
          const startMs = performance.now()
          if (limit === 0) await get(host, PODS, { headers: { accept } })
          else if ((await list(host, limit, accept)).items !== pods) throw new Error('the pages are not the list')
          took.push(performance.now() - startMs)
          cpu.push((await host.cpuMs()) - before)
        }
        const floor = median(stringified)
        figures.push({
          figure: `list_${name}_${pages}_p50`,
          value: median(took),
          unit: 'ms',
          better: 'lower',
          goal: 300,
          floor,
        })
        figures.push({
          figure: `list_${name}_${pages}_cpu_p50`,
          value: median(cpu),
          unit: 'ms of CPU',
          better: 'lower',
          floor,
        })
      }
    }
    await delay(3_000)
    const after = await host.memory()
    figures.push({
      figure: 'list_memory_grown',
      value: after.heapMb - base.heapMb,
      unit: 'MB',
      better: 'lower',
      goal: 5,
      floor: 0,
    })
    figures.push({
      figure: 'list_resident_grown',
      value: after.residentMb - base.residentMb,
      unit: 'MB',
      better: 'lower',
      goal: 30,
      floor: 0,
    })
  } finally {
    host.stop()
  }
  return figures
}

// ---- watches

/** Begins again where it is told to come later, or is cut before it has begun. */
class Watch {
  lines = 0
  bytes = 0
  readonly #where: { readonly port: number; readonly path: string; readonly user: string }
  #outgoing: ClientRequest | undefined
  #isOver = false

  constructor({ port }: Host, path: string, user = `watch-${Math.random().toString(36).slice(2)}`) {
    this.#where = { port, path, user }
    this.#begin()
  }

  close(): void {
    this.#isOver = true
    this.#outgoing?.destroy()
  }

  #begin(): void {
    if (this.#isOver) return
    const { port, path, user } = this.#where
    const headers = { 'shoal-user': user }
    this.#outgoing = request({ host: '127.0.0.1', port, path, agent: false, headers }, (incoming) =>
      this.#heard(incoming),
    )
    this.#outgoing.on('error', () => this.#beginLater(200))
    this.#outgoing.end()
  }

  #beginLater(ms: number): void {
    setTimeout(() => this.#begin(), ms * (1 + Math.random())).unref()
  }

  #heard(incoming: IncomingMessage): void {
    incoming.on('error', () => {})
    if (incoming.statusCode !== 200) {
      incoming.resume()
      return this.#beginLater(Number(incoming.headers['retry-after'] ?? 1) * 1_000)
    }
    let rest = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (part: string) => {
      this.bytes += Buffer.byteLength(part)
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (!line.startsWith('{"type":"BOOKMARK"')) this.lines += 1
    })
  }
}

async function watches(pods: number): Promise<Figure[]> {
  const seconds = Number(options.seconds)
  const host = await hosting({ do: 'serve', pods })
  const count = seconds * CHANGES_PER_SECOND
  const change = { do: 'change', count, overMs: seconds * 1_000 } as const
  /** Share of a core. */
  const cpuOf = async (run: () => Promise<unknown>, of = host): Promise<number> => {
    const [before, startMs] = [await of.cpuMs(), performance.now()]
    await run()
    return (((await of.cpuMs()) - before) / (performance.now() - startMs)) * 100
  }
  let plain: Host | undefined
  try {
    const { metadata } = JSON.parse((await get(host, PODS)).text) as { metadata: { resourceVersion: string } }
    const path = `${PODS}?watch=true&allowWatchBookmarks=true&resourceVersion=${metadata.resourceVersion}`
    const alone = await cpuOf(() => host.ask(change))
    const all = Array.from({ length: WATCHES }, () => new Watch(host, path))
    // They have been told of what changed while nobody watched.
    while (all.some(({ lines }) => lines < count)) await delay(50)
    const before = all.map(({ lines }) => lines)
    const bytes = all[0]!.bytes
    const watched = await cpuOf(() => host.ask(change))
    await delay(1_000)
    const missed = all.reduce((sum, { lines }, index) => sum + count - (lines - before[index]!), 0)
    const lineBytes = Math.floor((all[0]!.bytes - bytes) / count)
    for (const each of all) each.close()
    plain = await hosting({
      do: 'serve-plain',
      body: '',
      line: `${'x'.repeat(lineBytes - 1)}\n`,
      linesPerSecond: CHANGES_PER_SECOND,
    })
    const plainly = Array.from({ length: WATCHES }, () => new Watch(plain!, '/watch'))
    await delay(1_000)
    const floor = await cpuOf(() => delay(seconds * 1_000), plain)
    for (const each of plainly) each.close()
    return [
      { figure: 'watch_cpu', value: watched, unit: '% of a core', better: 'lower', goal: 25, floor },
      { figure: 'watch_cpu_alone', value: alone, unit: '% of a core', better: 'lower' },
      { figure: 'watch_missed', value: missed, unit: 'events', better: 'lower', goal: 0, floor: 0 },
      { figure: 'watch_line', value: lineBytes, unit: 'bytes', better: 'lower' },
    ]
  } finally {
    host.stop()
    plain?.stop()
  }
}

// ---- informers

/** What the beginning of a list says: to read all of it a thousand times would be the client's work, not the node's. */
function headOf(text: string): { next: string; version: string } {
  const head = text.slice(0, 1_000)
  return {
    next: /"continue":"([^"]*)"/.exec(head)?.[1] ?? '',
    version: /"resourceVersion":"([^"]*)"/.exec(head)?.[1] ?? '',
  }
}

interface Troubles {
  /** Told to come later. */
  refused: number
  /** Cut, or too late for the other side. */
  broken: number
}

/** Until it is answered 200: waits as long as it is told to where it is refused. */
async function untilServed(host: Host, path: string, getting: Getting, troubles: Troubles): Promise<Got> {
  for (;;) {
    const got = await get(host, path, getting).catch(() => undefined)
    if (got?.status === 200) return got
    if (got?.status === 429) troubles.refused += 1
    else if (got === undefined || got.status === 408) troubles.broken += 1
    else throw new Error(`a list was answered ${got.status}: ${got.text.slice(0, 200)}`)
    await delay((got?.retryAfterMs || 200) * (1 + Math.random()))
  }
}

/** Lists in pages, then watches. Resolves with the watch. */
async function inform(host: Host, bytesWanted: number, troubles: Troubles): Promise<Watch> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const getting = { headers: { 'shoal-user': 'informers' }, agent }
  const first = await untilServed(host, `${PODS}?limit=${PAGE}`, getting, troubles)
  const { version } = headOf(first.text)
  let bytes = first.bytes
  for (let { next } = headOf(first.text); next !== '';) {
    const more = await untilServed(host, `${PODS}?limit=${PAGE}&continue=${next}`, getting, troubles)
    bytes += more.bytes
    ;({ next } = headOf(more.text))
  }
  agent.destroy()
  if (bytes !== bytesWanted) throw new Error(`an informer had ${bytes} bytes of ${bytesWanted}`)
  return new Watch(host, `${PODS}?watch=true&resourceVersion=${version}`, 'informers')
}

async function informers(pods: number): Promise<Figure[]> {
  const count = Number(options.informers)
  const host = await hosting({ do: 'serve', pods })
  let plain: Host | undefined
  try {
    const { text } = await get(host, `${PODS}?limit=${PAGE}`)
    const { bytes } = await list(host, PAGE, 'application/json')
    const before = await host.memory()
    const beforeCpuMs = await host.cpuMs()
    const troubles: Troubles = { refused: 0, broken: 0 }
    const probes: number[] = []
    const others: number[] = []
    let isOver = false
    const looking = (async () => {
      while (!isOver) {
        const failed = (): Promise<Got> =>
          Promise.resolve({ status: 0, bytes: 0, text: '', tookMs: Infinity, retryAfterMs: 0 })
        const probe = await get(host, '/livez').catch(failed)
        probes.push(probe.status === 200 ? probe.tookMs : Infinity)
        const other = await get(host, '/apis/apps/v1/namespaces/default/deployments/app-1').catch(failed)
        others.push(other.status === 200 ? other.tookMs : Infinity)
        await delay(100)
      }
    })()
    const startMs = performance.now()
    const all = await Promise.all(Array.from({ length: count }, () => inform(host, bytes, troubles)))
    const tookMs = performance.now() - startMs
    const cpuMs = (await host.cpuMs()) - beforeCpuMs
    isOver = true
    await looking
    // All of them are told of what comes now.
    const untilMs = performance.now() + 60_000
    while (all.some(({ lines }) => lines === 0) && performance.now() < untilMs) {
      await host.ask({ do: 'change', count: 1, overMs: 1 })
      await delay(500)
    }
    const deaf = all.filter(({ lines }) => lines === 0).length
    const watching = await host.memory()
    for (const each of all) each.close()
    await delay(3_000)
    const after = await host.memory()
    plain = await hosting({ do: 'serve-plain', body: text, line: '', linesPerSecond: 1 })
    const pages = Math.ceil(pods / PAGE)
    const plainBefore = await plain.cpuMs()
    const plainMs = performance.now()
    await Promise.all(
      Array.from({ length: count }, async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        for (let page = 0; page < pages; page += 1) await untilServed(plain!, '/', { agent }, { refused: 0, broken: 0 })
        agent.destroy()
      }),
    )
    const plainTookMs = performance.now() - plainMs
    const plainCpuMs = (await plain.cpuMs()) - plainBefore
    return [
      { figure: 'relist_all', value: tookMs / 1_000, unit: 's', better: 'lower', floor: plainTookMs / 1_000 },
      { figure: 'relist_cpu', value: cpuMs / 1_000, unit: 's of CPU', better: 'lower', floor: plainCpuMs / 1_000 },
      { figure: 'relist_probe_worst', value: Math.max(...probes), unit: 'ms', better: 'lower', goal: 1_000 },
      { figure: 'relist_other_user_p50', value: median(others), unit: 'ms', better: 'lower' },
      { figure: 'relist_other_user_p99', value: percentile(others, 0.99), unit: 'ms', better: 'lower', goal: 3_000 },
      { figure: 'relist_refused', value: troubles.refused, unit: 'answers 429', better: 'lower' },
      { figure: 'relist_broken', value: troubles.broken, unit: 'connections', better: 'lower', goal: 0 },
      { figure: 'relist_deaf', value: deaf, unit: 'informers', better: 'lower', goal: 0 },
      { figure: 'relist_resident_while', value: watching.residentMb - before.residentMb, unit: 'MB', better: 'lower' },
      {
        figure: 'relist_memory_grown',
        value: after.heapMb - before.heapMb,
        unit: 'MB',
        better: 'lower',
        goal: 10,
        floor: 0,
      },
    ]
  } finally {
    host.stop()
    plain?.stop()
  }
}

async function main(): Promise<void> {
  const pods = Number(options.pods)
  const parts = new Set(options.only.split(','))
  if (parts.has('list')) printFigures(`Lists of ${pods} pods`, await lists(pods))
  if (parts.has('watch'))
    printFigures(`${WATCHES} watches of ${pods} pods, ${CHANGES_PER_SECOND} changes a second`, await watches(pods))
  if (parts.has('informers'))
    printFigures(`${options.informers} informers of ${LISTED} pods list at once, then watch`, await informers(LISTED))
  if (parts.has('apply')) printFigures('A Deployment of 3, applied until it runs, in turn', await applyRounds())
}

await main()
