import { expect, test } from 'vitest'
import { dice, forge, operationsOf, reforge } from './hostile.ts'
import type { Receipt } from './receipt.ts'
import type { Replica } from './replica.ts'
import { cpuMsOf, slowdown } from './measuring.ts'
import { copyAll, deployment, identity, NOW, stateOf, testReplica, WEB } from './testing.ts'

/** A few seconds by default. `SHOAL_FUZZ=1000000 npx vitest run --project unit crdt/fuzz.test.ts` looks longer. */
const INPUTS = Number(process.env['SHOAL_FUZZ'] ?? 5000)
const IS_LONG = process.env['SHOAL_FUZZ'] !== undefined
const SEED = Number(process.env['SHOAL_FUZZ_SEED'] ?? 1)

const mallory = identity('d')

/** Honest changes of several shapes for mutants to descend from. */
function corpus(): Uint8Array[] {
  const { replica } = testReplica({ name: 'd' })
  const at = { nowMs: NOW, by: 'mallory' }
  const big = {
    template: { spec: { containers: Array.from({ length: 20 }, (_, n) => ({ name: `c${n}`, image: 'i' })) } },
  }
  return [
    replica.put(WEB, deployment(), { ...at, mode: 'create' }),
    replica.put(WEB, deployment({ replicas: 4 }), { ...at, mode: 'replace' }),
    replica.put(WEB, deployment({ paused: true }), { ...at, mode: 'replace' }),
    replica.put(WEB, deployment(big), { ...at, mode: 'replace' }),
    replica.put(WEB, deployment(), { ...at, mode: 'replace' }),
    replica.remove(WEB, at),
  ].map((envelope) => envelope?.bytes ?? new Uint8Array(0))
}

type Roll = (below: number) => number

/** One to four of: a flipped bit, a byte at random, a byte gone, a byte more, a piece copied elsewhere. */
function mutate(source: Uint8Array, roll: Roll): Uint8Array {
  if (roll(3) > 0) return flip(source, roll)
  let bytes = [...source]
  for (let left = 1 + roll(4); left > 0; left--) {
    const at = roll(bytes.length)
    const change = roll(5)
    if (change === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8))
    else if (change === 1) bytes[at] = roll(256)
    else if (change === 2) bytes.splice(at, 1)
    else if (change === 3) bytes.splice(at, 0, roll(256))
    else bytes = [...bytes.slice(0, at), ...bytes.slice(roll(bytes.length)).slice(0, 16), ...bytes.slice(at)]
  }
  return Uint8Array.from(bytes)
}

/** Structure stays, content goes astray. */
function flip(source: Uint8Array, roll: Roll): Uint8Array {
  const bytes = source.slice()
  const at = roll(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8))
  return bytes
}

/** A change that is well-formed and wrong: odd numbers, keys, texts and predecessors, all properly encoded and signed. */
function invent(replica: Replica, roll: Roll): Uint8Array {
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T
  const heads = [...(replica.heads().get(WEB) ?? [])]
  const known = [...(replica.state.documents.get(WEB)?.changes() ?? [])]
  const keys = [
    '1:',
    '1!',
    '2:',
    '2!',
    '1:/spec',
    '1:/spec/replicas',
    '2:/spec/replicas',
    '1:/apiVersion',
    '1:/metadata',
    '1:/x',
  ]
  const texts = ['{}', '3', '"apps/v1"', '{"order":["a"]}', `{"at":${NOW}}`, '[]', undefined]
  const operation = (id: string): string => `${1 + roll(90)}@${id}`
  const operations = operationsOf(
    Object.fromEntries(Array.from({ length: 1 + roll(4) }, () => [pick(keys), pick(texts)])),
  )
  const writers = [...known.map(({ writer }) => writer), 'ab'.repeat(16)]
  return forge({
    author: mallory,
    body: roll(2) === 0 ? {} : { seq: 1 + roll(9), prev: new Uint8Array(32).fill(roll(9) + 1) },
    change: {
      startOp: 1 + (roll(2) === 0 ? Math.max(0, ...known.map(({ opMax }) => opMax)) : roll(90)),
      timeMs: NOW + roll(1000),
      deps: roll(2) === 0 ? heads : heads.slice(0, roll(3)),
      operations: operations.map((one) => ({ ...one, predecessors: roll(2) === 0 ? [] : [operation(pick(writers))] })),
    },
  })
}

/** One round: two fresh replicas, one of them under fire. What it takes in, the other takes in alike; what it refuses has
 *  left no trace. */
function round({ roll, honest, inputs }: { roll: Roll; honest: readonly Uint8Array[]; inputs: number }): Round {
  const [a, b] = [testReplica({ name: 'a' }).replica, testReplica({ name: 'b' }).replica]
  const verdicts = new Map<string, number>()
  for (const bytes of honest.slice(0, 1 + roll(3))) for (const replica of [a, b]) replica.receive(bytes, NOW)
  let slowestMs = 0
  for (let input = 0; input < inputs; input++) {
    const source = honest[roll(honest.length)] as Uint8Array
    const mutant = roll(4) === 0 ? invent(a, roll) : reforge(source, mallory, (body) => mutate(body, roll))
    const { root } = a.digest()
    let receipt = { verdict: 'known' } as Receipt
    slowestMs = Math.max(slowestMs, cpuMsOf(() => (receipt = a.receive(mutant, NOW)))) // prettier-ignore
    const name = receipt.verdict === 'refused' ? receipt.rule : receipt.verdict
    verdicts.set(name, (verdicts.get(name) ?? 0) + 1)
    const taken = receipt.verdict === 'new' ? [receipt.envelope, ...receipt.released] : []
    for (const { bytes } of taken) expect(b.receive(bytes, NOW).verdict).toBe('new')
    if (taken.length === 0) expect(a.digest().root).toBe(root)
  }
  for (const bytes of honest) for (const replica of [a, b]) replica.receive(bytes, NOW)
  copyAll(a, b)
  expect(stateOf(a)).toEqual(stateOf(b))
  expect(a.put(AFTER, deployment({}, 'after'), { nowMs: NOW, by: 'a', mode: 'create' })).toBeDefined()
  return { slowestMs, verdicts }
}

interface Round {
  readonly slowestMs: number
  readonly verdicts: ReadonlyMap<string, number>
}

const AFTER = 'apps/Deployment/default/after'
const ROUND = 250

test('[GATE24] of thousands of mutants with good checksums and signatures none does harm, and all nodes judge alike', () => {
  const roll = dice(SEED)
  const honest = corpus()
  // The engine compiles Automerge's core while it first runs; a node does that at its start (`warm-up.ts`).
  round({ roll: dice(SEED), honest, inputs: ROUND })
  const memory = process.memoryUsage.rss()
  const allowedMs = 250 * slowdown()
  const total = new Map<string, number>()
  let slowestMs = 0
  for (let done = 0; done < INPUTS; done += ROUND) {
    const { verdicts, ...one } = round({ roll, honest, inputs: ROUND })
    slowestMs = Math.max(slowestMs, one.slowestMs)
    for (const [name, count] of verdicts) total.set(name, (total.get(name) ?? 0) + count)
  }
  const grownBytes = process.memoryUsage.rss() - memory
  if (IS_LONG) console.log({ slowestMs, allowedMs, grownBytes, verdicts: [...total].toSorted(([, x], [, y]) => y - x) })
  expect([total.get('GATE19'), total.get('GATE20')], 'what only Automerge stopped, or nothing').toEqual([
    undefined,
    undefined,
  ])
  expect(slowestMs).toBeLessThan(allowedMs)
  expect(grownBytes).toBeLessThan(256 * 1024 * 1024 * Math.max(1, INPUTS / 50_000))
}, 3_600_000)
