/**
 * Fires at a node for as long as is wanted and looks what becomes of it: every answer, what a refused write left behind, what an
 * accepted one reads like, memory, the probe. One seed always fires the same shots; each has a number, by which it can be had
 * alone.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiAnswer, ProcessNode } from '../real/process-cluster.ts'
import { stretched } from '../real/patience.ts'
import { residentBytes } from '../real/runs.ts'
import { Stream } from '../sim/random.ts'
import { send, type Answer } from './client.ts'
import { faultsOf } from './judge.ts'
import { routesOf, type Route } from './routes.ts'
import { draw, type Shot } from './shots.ts'

/** A node that needs longer hangs. */
const HUNG_MS = 5_000
/** An accepted object is read back and sent back so often. */
const ECHO_SHARE = 0.5
/** Between two clearances: what was made is deleted, so that the node stays small. */
const SHOTS_PER_ROUND = 1_500
/** Resident, whatever was sent. */
const MEMORY_MB_MAX = 500

export interface Finding {
  /** Number of the shot. */
  readonly number: number
  readonly what: string
  readonly shot: string
}

export interface Fuzzed {
  readonly shots: number
  readonly routes: number
  readonly findings: readonly Finding[]
  /** How many answers there were of each code. */
  readonly codes: Readonly<Record<string, number>>
  readonly residentMbMax: number
}

export interface FuzzOptions {
  readonly node: ProcessNode
  readonly seed: number
  readonly forMs: number
  /** At least so many, however long they take. Default: none. */
  readonly shotsMin?: number
  /** The first shot. Default: 0. */
  readonly from?: number
  /** Told of each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void
}

export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const { node, seed, forMs, shotsMin = 0, from = 0 } = options
  const routes = await routesOf((path) => node.ok('GET', path))
  const gun = new Gun(options, routes)
  await gun.prepare()
  const untilMs = performance.now() + forMs
  let number = from
  const isOver = (): boolean => performance.now() > untilMs && number - from >= shotsMin
  for (; node.isRunning && !isOver(); number += 1) {
    await gun.fire(number, draw(new Stream(seed, `shot-${number}`), routes))
    if ((number + 1) % SHOTS_PER_ROUND === 0) await gun.clear()
  }
  if (!node.isRunning) gun.found(number, 'the node ended', node.logTail(4))
  return { ...gun.result(), shots: number - from, routes: routes.length }
}

type Heads = Readonly<Record<string, string>>

class Gun {
  readonly #options: FuzzOptions
  readonly #routes: readonly Route[]
  readonly #findings: Finding[] = []
  readonly #codes: Record<string, number> = {}
  #residentMbMax = 0
  #asked = 0

  constructor(options: FuzzOptions, routes: readonly Route[]) {
    this.#options = options
    this.#routes = routes
  }

  /** As one of many users: what each may ask a second is bounded. */
  #ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    this.#asked += 1
    const headers = { 'shoal-user': `judge-${this.#asked % 1_000}` }
    return this.#options.node.api(method, path, body, 'application/json', { headers })
  }

  async #told<T>(path: string): Promise<T> {
    const { status, body } = await this.#ask('GET', path)
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`)
    return body as T
  }

  /** Something to aim at. */
  async prepare(): Promise<void> {
    for (const name of ['fuzz-0', 'fuzz-1'])
      await this.#ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }

  async fire(number: number, shot: Shot): Promise<void> {
    const { node } = this.#options
    const before = isWrite(shot) ? await this.#heads() : undefined
    const answer = await send(node.socket, shot, stretched(HUNG_MS))
    this.#codes[answer.status] = (this.#codes[answer.status] ?? 0) + 1
    for (const what of faultsOf(shot, answer)) this.found(number, what, described(shot))
    if (!node.isRunning) return
    if (before !== undefined && answer.status >= 400) await this.#assertUnchanged(number, shot, before)
    const dice = new Stream(this.#options.seed, `echo-${number}`)
    if (isWrite(shot) && [200, 201].includes(answer.status) && dice.chance(ECHO_SHARE))
      await this.#echo(number, shot, answer)
    if (number % 50 === 0) await this.#look(number)
  }

  /** [FUZZ3] */
  async #assertUnchanged(number: number, shot: Shot, before: Heads): Promise<void> {
    const after = await this.#heads()
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    // Of what is there the node itself writes now and then: a port for a Service, the replicas that an autoscaler asks for.
    const isOwn = (key: string): boolean => before[key] !== undefined && after[key] !== undefined && !isAbout(shot, key)
    const changed = [...keys].filter((key) => before[key] !== after[key] && !isOwn(key))
    if (changed.length > 0) this.found(number, `refused, and ${changed.join(', ')} changed`, described(shot))
  }

  /** [FUZZ4] What was taken is had again, in each form, and is taken again as it is had. */
  async #echo(number: number, shot: Shot, { text }: Answer): Promise<void> {
    const { node } = this.#options
    const path = pathOf(shot, text)
    if (path === undefined) return
    const user = { 'shoal-user': `echo-${number % 1_000}` }
    const got = await node.api('GET', path, undefined, undefined, { headers: user })
    // A dry run, or ended by itself.
    if (got.status === 404) return
    if (got.status !== 200) return this.found(number, `taken, and then ${path} reads ${got.status}`, described(shot))
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const table = await node.api('GET', path, undefined, undefined, { headers: { ...user, accept } })
    if (table.status !== 200) this.found(number, `taken, and then as a table: ${JSON.stringify(table.body).slice(0, 300)}`, described(shot)) // prettier-ignore
    const put = await node.api('PUT', path, got.body, 'application/json', { headers: user })
    if (![200, 403, 405, 409].includes(put.status))
      this.found(number, `taken, and refused as it reads: ${JSON.stringify(put.body).slice(0, 600)}`, described(shot))
  }

  async #look(number: number): Promise<void> {
    const { node } = this.#options
    const startMs = performance.now()
    const { status } = await this.#ask('GET', '/livez')
    const tookMs = performance.now() - startMs
    if (status !== 200 || tookMs > stretched(1_000))
      this.found(number, `/livez: ${status} after ${tookMs.toFixed(0)} ms`, '')
    const mb = residentBytes(node.pid) / 1_048_576
    this.#residentMbMax = Math.max(this.#residentMbMax, mb)
    if (mb > MEMORY_MB_MAX) this.found(number, `it takes ${mb.toFixed(0)} MB`, '')
  }

  async #heads(): Promise<Heads> {
    return (await this.#told<{ heads: Heads }>('/shoal/v1/digest')).heads
  }

  async clear(): Promise<void> {
    const collections = this.#routes.filter(({ of, path }) => of === 'collection' && path.includes('$NS'))
    for (const { path } of collections) await this.#ask('DELETE', path.replace('$NS', 'default'))
    const { items } = await this.#told<{ items: readonly { metadata: { name: string } }[] }>('/api/v1/namespaces')
    for (const { metadata } of items)
      if (metadata.name !== 'default') await this.#ask('DELETE', `/api/v1/namespaces/${metadata.name}`)
    await this.prepare()
    await delay(0)
  }

  found(number: number, what: string, shot: string): void {
    const finding = { number, what, shot }
    this.#findings.push(finding)
    this.#options.onFinding?.(finding)
  }

  result(): Pick<Fuzzed, 'findings' | 'codes' | 'residentMbMax'> {
    return { findings: this.#findings, codes: this.#codes, residentMbMax: this.#residentMbMax }
  }
}

const isAbout = ({ url }: Shot, key: string): boolean => url.split(/[/?]/).includes(key.split('/').at(-1)!)

const isWrite = ({ method }: Shot): boolean => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method)

/** Where what was written is now. */
function pathOf({ route, url }: Shot, text: string): string | undefined {
  const path = url.split('?')[0]!
  if (route.of === 'object') return path
  if (route.of !== 'collection' || !/"name"/.test(text)) return undefined
  try {
    const { metadata } = JSON.parse(text) as { metadata: { name: string } }
    return typeof metadata.name === 'string' ? `${path}/${metadata.name}` : undefined
  } catch {
    return undefined
  }
}

/** As much of it as one needs to have it again. */
function described({ method, url, headers, body, raw }: Shot): string {
  const { 'shoal-user': _user, ...others } = headers
  const bytes = raw ?? body
  const text = bytes === undefined ? '' : ` ${JSON.stringify(bytes.subarray(0, 1_500).toString('latin1'))}${bytes.length > 1_500 ? `... (${bytes.length} bytes)` : ''}` // prettier-ignore
  return `${method} ${url.slice(0, 400)} ${JSON.stringify(others).slice(0, 400)}${text}`
}
