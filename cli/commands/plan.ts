/** `shoal plan`: what an apply would do, before it does. @module */
import type { Command } from 'commander'
import { tried, understood, type Item } from '../applying.ts'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure, EXIT, isNotFound } from '../failure.ts'
import { Kinds, pathOf } from '../kinds.ts'
import { Mistakes } from '../mistakes.ts'
import type { Thing } from '../objects.ts'
import { changeOf, type Change, type Forecast } from '../planning.ts'
import { jsonText } from '../print/json.ts'
import { changeText, forecastText } from '../print/plan.ts'
import { formatOf } from '../print/things.ts'
import { assertPrunable, doomed, type PruneOptions } from '../pruning.ts'
import type { GlobalOptions } from '../session.ts'
import { collect } from './apply.ts'

interface Options extends GlobalOptions, PruneOptions {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly output?: string
}

interface Planned {
  readonly change: Change
  readonly forecast: Forecast | undefined
}

export function plan(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('plan')
    .summary('show what an apply would do')
    .description(
      'Shows, field by field, what `shoal apply` of these manifests would change, what --prune would take away, and which node would win each replica. Changes nothing.\nEnds with 0 where nothing would change, 2 where something would, 1 where the manifests have a mistake.',
    )
    .argument('[files...]', 'as with -f')
    .option('-f, --filename <file>', 'file, directory, or - for stdin; may be said again', collect)
    .option('-R, --recursive', 'also the directories within')
    .option('--prune', 'also what was applied once and is in none of these manifests; needs -l')
    .option('-l, --selector <labels>', 'what --prune may take away, as app=web')
    .option('-o, --output <format>', 'json')
    .action((files: string[], _options: unknown, self: Command) =>
      run(files, self.optsWithGlobals<Options>(), sessionOf),
    )
  examples(command, 'shoal plan -f web.yaml', 'shoal plan -f manifests/ --prune -l app=web')
}

async function run(named: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const format = options.output === undefined ? undefined : formatOf(options.output)
  assertPrunable(options)
  const files = [...(options.filename ?? []), ...named]
  if (files.length === 0) throw new CommandFailure('name what to look at: write `shoal plan -f web.yaml`')
  const { readManifests } = await import('../manifest-files.ts')
  const mistakes = new Mistakes()
  const manifests = readManifests(files, { recursive: options.recursive, mistakes })
  mistakes.assertNone()
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const namespaces = { fallback: session.namespace, asked: session.askedNamespace }
  const items = understood(manifests, { kinds, namespaces, mistakes })
  const wanted = await tried(client, items, mistakes)
  mistakes.assertNone()
  const planned: Planned[] = await Promise.all(items.map((item, index) => plannedOf(client, item, wanted[index])))
  const gone = options.selector === undefined ? [] : await doomed(client, { kinds, items, selector: options.selector })
  const all: Planned[] = [...planned, ...gone.map((item) => ({ change: { item, is: 'pruned' as const, fields: [] }, forecast: undefined }))] // prettier-ignore
  if (all.some(({ change }) => change.is !== 'unchanged')) process.exitCode = EXIT.changes
  if (format === 'json') return session.print(jsonText(all.map(plainOf)))
  const palette = session.palette('stdout')
  for (const { change, forecast } of all) {
    const where = forecast === undefined ? '' : forecastText(forecast, palette)
    session.print(`${changeText(change, palette)}${where}`.trimEnd())
  }
  session.print(summary(all.map(({ change }) => change)))
}

async function plannedOf(client: Client, item: Item, wanted: Thing | undefined): Promise<Planned> {
  // In a namespace that these manifests bring nothing is there yet.
  const before = wanted === undefined ? undefined : await found(client, item)
  const change = changeOf(item, before, wanted ?? (item.object as unknown as Thing))
  const isPlaced = item.kind.kind === 'Deployment' || item.kind.kind === 'Pod'
  return {
    change,
    forecast: isPlaced && change.is !== 'unchanged' ? await forecastOf(client, item, wanted) : undefined,
  }
}

async function found(client: Client, { kind, namespace, name }: Item): Promise<Thing | undefined> {
  try {
    return await client.get<Thing>(pathOf(kind, namespace, name))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function forecastOf(client: Client, { object, namespace }: Item, wanted: Thing | undefined): Promise<Forecast> {
  const body =
    wanted === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : unplaced(wanted, object)
  const { body: answer } = await client.ask({ method: 'POST', path: '/shoal/v1/forecast', body })
  return answer as Forecast
}

/** Where it is now is no wish of who wrote it: the auction would go by what is written. */
function unplaced(wanted: Thing, object: Item['object']): unknown {
  const [shown, written] = [wanted['spec'], object['spec']] as readonly (Record<string, unknown> | undefined)[]
  if (shown?.['nodeName'] === undefined || written?.['nodeName'] !== undefined) return wanted
  const { nodeName: _where, ...spec } = shown
  return { ...wanted, spec }
}

function plainOf({ change: { item, is, fields }, forecast }: Planned): unknown {
  const { kind, namespace, name } = item
  return { kind: kind.kind, ...(namespace === '' ? {} : { namespace }), name, is, fields, ...forecast }
}

function summary(changes: readonly Change[]): string {
  const count = (is: Change['is']): number => changes.filter((each) => each.is === is).length
  return `${count('new')} new, ${count('changed')} changed, ${count('pruned')} to be pruned, ${count('unchanged')} unchanged`
}
