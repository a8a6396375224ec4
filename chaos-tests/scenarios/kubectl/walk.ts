/**
 * One kubectl goes through the table on one node.
 *
 * @module
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { begin, run, type Kubectl } from '../../real/kubectl.ts'
import { stretched } from '../../real/patience.ts'
import type { Ended } from '../shoal.ts'
import { wordsOf, type Row, type Section } from './row.ts'

export interface Walk {
  readonly kubectl: Kubectl
  readonly context: string
  /** The name of the node that is asked. */
  readonly node: string
  readonly namespace: string
  readonly home: string
  /** The node reaches no other: it has to say so. */
  readonly isCutOff?: boolean
}

/** A node measures what pods take every 15 s. */
const SOON_MS = 30_000
const GOES_ON_MS_MAX = 20_000
const LOOK_MS = 20
const FIXTURES = join(import.meta.dirname, '../../fixtures')

/** All rows, one after the other: what they did not do. */
export async function walked(walk: Walk, sections: readonly Section[]): Promise<string[]> {
  const wrong: string[] = []
  for (const row of sections.flatMap(({ rows }) => rows)) {
    if (!isFor(row, walk.kubectl)) continue
    const untilMs = Date.now() + (row.soon === true ? stretched(SOON_MS) : 0)
    let found = await outcome(walk, row)
    while (found.length > 0 && Date.now() < untilMs) found = await outcome(walk, row)
    wrong.push(...found)
  }
  return wrong
}

export function isFor({ from = 0, to = Infinity }: Row, { minor }: Kubectl): boolean {
  return from <= minor && minor <= to
}

/** What is not as the row says. */
async function outcome(walk: Walk, row: Row): Promise<string[]> {
  const words = wordsOf(named(row.command, walk))
  const { code, stdout, stderr } = await (row.goesOn === true ? begun(walk, words, row) : ended(walk, words, row))
  // Colours, which `cluster-info` does not leave out.
  const plain = stdout.replace(/\x1b\[[\d;]*m/g, '')
  const isSilent = walk.isCutOff === true && changes(row) && !/^Warning: unreachable: /m.test(stderr)
  const wrong = [
    ...(code === (row.code ?? 0) ? [] : [`exit code ${code}`]),
    ...(row.out ?? []).filter((part) => !part.test(plain)).map((part) => `no ${part} in its output`),
    ...(row.err ?? []).filter((part) => !part.test(stderr)).map((part) => `no ${part} in its errors`),
    ...(isSilent ? ['no warning that others are out of reach'] : []),
  ]
  if (wrong.length === 0) return []
  const what = `kubectl 1.${walk.kubectl.minor} ${words.join(' ')}: ${wrong.join(', ')}`
  return [`${what}\n${stdout.slice(0, 600)}${stderr.slice(0, 600)}`]
}

const WRITES = /^(create|apply|delete|patch|replace|scale|set|label|annotate|taint|cordon|uncordon|expose|autoscale)\b/

function changes({ command, code = 0 }: Row): boolean {
  // What may not be there may be no change.
  const mayBeNone = command.includes('--dry-run=client') || command.includes('--ignore-not-found')
  return code === 0 && WRITES.test(command) && !mayBeNone
}

function ended(walk: Walk, words: readonly string[], row: Row): Promise<Ended> {
  const { kubectl, context, home } = walk
  const { input, editor } = row
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  return run(kubectl, words, {
    home,
    context,
    ...(input === undefined ? {} : { input: named(text, walk) }),
    ...(editor === undefined ? {} : { editor }),
  })
}

/** Until it has printed what it shall; one that does not is ended, too, and found out. */
async function begun({ kubectl, context, home }: Walk, words: readonly string[], row: Row): Promise<Ended> {
  const child = begin(kubectl, words, { home, context })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => (said[stream] += String(chunk)))
  const gone = new Promise((resolve) => child.once('close', resolve))
  const isSaid = (): boolean =>
    (row.out ?? []).every((part) => part.test(said.stdout)) && (row.err ?? []).every((part) => part.test(said.stderr))
  const untilMs = Date.now() + stretched(GOES_ON_MS_MAX)
  while (!isSaid() && child.exitCode === null && Date.now() < untilMs) await delay(LOOK_MS)
  const code = child.exitCode ?? 0
  child.kill('SIGKILL')
  await gone
  return { code, ...said }
}

function named(text: string, { namespace, node, home }: Walk): string {
  return text.replaceAll('$NODE', node).replaceAll('$N', namespace).replaceAll('$HOME', home).replaceAll('$F', FIXTURES)
}
