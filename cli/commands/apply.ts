/** `shoal apply`: makes the cluster as manifests say, and waits until it is so. @module */
import type { Command } from 'commander'
import { tried, understood, written } from '../applying.ts'
import type { Applied } from '../applying.ts'
import { awaited, timeoutMs, withWaiting } from '../awaiting.ts'
import type { WaitOptions } from '../awaiting.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { Kinds, pathOf, qualifiedKind } from '../kinds.ts'
import { Mistakes } from '../mistakes.ts'
import { formatOf, printThings } from '../print/things.ts'
import { assertPrunable, doomed, type PruneOptions } from '../pruning.ts'
import type { GlobalOptions, Session } from '../session.ts'
import type { Client } from '../client.ts'

interface Options extends GlobalOptions, WaitOptions, PruneOptions {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly dryRun?: boolean
  readonly output?: string
}

export function apply(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('apply')
    .summary('make the cluster as manifests say')
    .description(
      'Creates what manifests describe, or brings it to their state, and waits until its replicas are ready.\nWith a mistake in any of them, nothing is changed.',
    )
    .argument('[files...]', 'as with -f')
    .option('-f, --filename <file>', 'file, directory, or - for stdin; may be said again', collect)
    .option('-R, --recursive', 'also the directories within')
    .option('--prune', 'take away what was applied once and is in none of these manifests; needs -l')
    .option('-l, --selector <labels>', 'what --prune may take away, as app=web')
    .option('--dry-run', 'only look whether the node would take it')
    .option('-o, --output <format>', 'print the objects: json, yaml or name')
    .action((files: string[], _options: unknown, self: Command) =>
      run(files, self.optsWithGlobals<Options>(), sessionOf),
    )
  withWaiting(command)
  examples(
    command,
    'shoal apply -f web.yaml',
    'shoal apply -f manifests/ --timeout 10m',
    'shoal apply -f manifests/ --prune -l app=web',
    'helm template ./chart | shoal apply -f -',
  )
}

export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

async function run(named: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = options.output === undefined ? undefined : formatOf(options.output)
  timeoutMs(options)
  assertPrunable(options)
  const files = [...(options.filename ?? []), ...named]
  if (files.length === 0) throw new CommandFailure('name what to apply: write `shoal apply -f web.yaml`')
  const { readManifests } = await import('../manifest-files.ts')
  const mistakes = new Mistakes()
  const manifests = readManifests(files, { recursive: options.recursive, mistakes })
  const { client, kinds } = await asked(session, mistakes)
  const namespaces = { fallback: session.namespace, asked: session.askedNamespace }
  const items = understood(manifests, { kinds, namespaces, mistakes })
  await tried(client, items, mistakes)
  mistakes.assertNone()
  const line = ({ item, change }: Applied): string => `${qualifiedKind(item.kind)}/${item.name} ${change}`
  if (options.dryRun === true) {
    for (const item of items) session.print(`${qualifiedKind(item.kind)}/${item.name} would be applied`)
    return
  }
  const applied = await written(client, items, (each) =>
    format === undefined ? session.print(line(each)) : session.say(line(each)),
  )
  if (format !== undefined) {
    const groups = applied.map(({ item, object }) => ({ kind: item.kind, things: [object] }))
    session.print(
      await printThings(groups, { format, namespaces: false, single: applied.length === 1, nowMs: Date.now() }),
    )
  }
  if (options.selector !== undefined) {
    for (const { kind, namespace, name } of await doomed(client, { kinds, items, selector: options.selector })) {
      await client.ask({ method: 'DELETE', path: pathOf(kind, namespace, name) })
      session.print(`${qualifiedKind(kind)}/${name} pruned`)
    }
  }
  const workloads = items.flatMap(({ kind: { kind }, namespace, name }) =>
    kind === 'Deployment' || kind === 'Pod' ? [{ kind, namespace, name } as const] : [],
  )
  if (options.wait && workloads.length > 0) await awaited(session, workloads, options)
}

/** The node, and the kinds it knows. Where none answers, mistakes found without one are told first. */
async function asked(session: Session, mistakes: Mistakes): Promise<{ client: Client; kinds: Kinds }> {
  try {
    const client = await session.client()
    return { client, kinds: await Kinds.of(client) }
  } catch (error) {
    mistakes.assertNone()
    throw error
  }
}
