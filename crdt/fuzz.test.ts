import { expect, test } from 'vitest'
import { dice, forge, operationsOf, reforge } from './hostile.ts'
import type { Replica } from './replica.ts'
import { copyAll, deployment, identity, NOW, stateOf, testReplica, WEB } from './testing.ts'

/** A few seconds by default. `SHOAL_FUZZ=1000000 npx vitest run --project unit crdt/fuzz.test.ts` looks longer. */
const INPUTS = Number(process.env['SHOAL_FUZZ'] ?? 20_000)
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

test(
  `[GATE24] of ${INPUTS} mutants with good checksums and signatures none does harm, and all nodes judge alike`,
  { timeout: 600_000 },
  () => {
    const roll = dice(SEED)
    const honest = corpus()
    const a = testReplica({ name: 'a' }).replica
    const b = testReplica({ name: 'b' }).replica
    const memory = process.memoryUsage.rss()
    const verdicts = new Map<string, number>()
    for (const bytes of honest.slice(0, 3)) for (const replica of [a, b]) replica.receive(bytes, NOW)
    let slowestMs = 0
    for (let input = 0; input < INPUTS; input++) {
      const source = honest[roll(honest.length)] as Uint8Array
      const mutant = roll(4) === 0 ? invent(a, roll) : reforge(source, mallory, (body) => mutate(body, roll))
      const root = a.digest().root
      const cpu = process.cpuUsage()
      const receipt = a.receive(mutant, NOW)
      const { user, system } = process.cpuUsage(cpu)
      slowestMs = Math.max(slowestMs, (user + system) / 1000)
      if (receipt.verdict === 'refused' && receipt.rule === 'GATE19') console.log(receipt.reason, input)
      const name = receipt.verdict === 'refused' ? receipt.rule : receipt.verdict
      verdicts.set(name, (verdicts.get(name) ?? 0) + 1)
      // What one takes in, the other takes in alike; what one refuses has left no trace.
      if (receipt.verdict === 'new') expect(b.receive(mutant, NOW).verdict).toBe('new')
      else expect(a.digest().root).toBe(root)
    }
    if (process.env['SHOAL_FUZZ'] !== undefined)
      console.log({
        slowestMs,
        changes: a.history(WEB).length,
        heads: a.heads().get(WEB)?.length,
        verdicts: [...verdicts].toSorted(([, x], [, y]) => y - x),
      })
    expect(verdicts.get('GATE20'), 'failures of the gate itself').toBeUndefined()
    expect(slowestMs).toBeLessThan(250)
    expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 1024 * 1024 * Math.max(1, INPUTS / 100_000))
    for (const bytes of honest) for (const replica of [a, b]) replica.receive(bytes, NOW)
    // What was held here was released in the course of it; the other has not heard of it yet.
    copyAll(a, b)
    expect(stateOf(a)).toEqual(stateOf(b))
    const key = 'apps/Deployment/default/after'
    expect(a.put(key, deployment({}, 'after'), { nowMs: NOW, by: 'a', mode: 'create' })).toBeDefined()
    if (process.env['SHOAL_FUZZ'] !== undefined)
      console.log({ slowestMs, verdicts: [...verdicts].toSorted(([, x], [, y]) => y - x) })
  },
)
