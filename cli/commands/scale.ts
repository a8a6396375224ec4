/** `shoal scale`: how many replicas, and waits until they are there. @module */
import type { Command } from 'commander'
import { awaited, timeoutMs, withWaiting } from '../awaiting.ts'
import type { WaitOptions } from '../awaiting.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { Kinds, namedObjects, pathOf, qualifiedKind } from '../kinds.ts'
import type { KindInfo, Named } from '../kinds.ts'
import type { GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions, WaitOptions {
  readonly replicas?: string
}

export function scale(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('scale')
    .summary('change the number of replicas')
    .description('Changes the number of replicas of a Deployment and waits until they are ready.')
    .argument('<what...>', 'web 5, deploy/web 5, deployment web --replicas 5')
    .option('--replicas <count>', 'how many')
    .action((what: string[], _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  withWaiting(command)
  examples(command, 'shoal scale web 5', 'shoal scale deploy/web --replicas 0')
}

async function run(what: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  timeoutMs(options)
  const { words, replicas } = asked(what, options.replicas)
  const client = await session.client()
  const named = workloads(await Kinds.of(client), words)
  for (const { kind, name } of named) assertScales(kind, name)
  for (const { kind, name } of named) {
    await client.ask({
      method: 'PATCH',
      path: `${pathOf(kind, session.namespace, name)}/scale`,
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas } },
    })
    session.print(`${qualifiedKind(kind)}/${name} scaled`)
  }
  const deployments = named.map(({ name }) => ({
    kind: 'Deployment' as const,
    namespace: session.namespace,
    name: name as string,
  }))
  if (options.wait) await awaited(session, deployments, options)
}

/** `web 5` or `web --replicas 5`. */
function asked(what: readonly string[], option: string | undefined): { words: readonly string[]; replicas: number } {
  const text = option ?? what.at(-1) ?? ''
  const words = option === undefined ? what.slice(0, -1) : what
  if (!/^-?\d+$/.test(text)) throw new CommandFailure(`"${text}" is no number of replicas: write \`shoal scale web 5\``)
  if (words.length === 0) throw new CommandFailure('name what to scale: write `shoal scale web 5`')
  return { words, replicas: Number(text) }
}

function assertScales({ kind }: KindInfo, name: string | undefined): void {
  if (kind !== 'Deployment')
    throw new CommandFailure(`a ${kind} has no replicas: name a Deployment, as \`shoal scale ${name ?? 'web'} 5\``)
  if (name === undefined) throw new CommandFailure('name what to scale: write `shoal scale web 5`')
}

/** A bare name is a Deployment's. */
export function workloads(kinds: Kinds, words: readonly string[]): readonly Named[] {
  const isBare = words.length === 1 && !(words[0] as string).includes('/')
  return namedObjects(kinds, isBare ? [`deployment/${words[0]}`] : words)
}
