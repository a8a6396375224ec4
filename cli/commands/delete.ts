/** `shoal delete`: removes objects, by name, by label or by manifest. @module */
import type { Command } from 'commander'
import { understood } from '../applying.ts'
import type { Item } from '../applying.ts'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { confirmed } from '../confirm.ts'
import { ApiFailure, CommandFailure } from '../failure.ts'
import { Kinds, namedObjects, pathOf, qualifiedKind } from '../kinds.ts'
import type { KindInfo } from '../kinds.ts'
import { Mistakes } from '../mistakes.ts'
import type { ObjectList } from '../objects.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { collect } from './apply.ts'

interface Options extends GlobalOptions {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly selector?: string
  readonly all?: boolean
  readonly ignoreNotFound?: boolean
  readonly gracePeriod?: string
  readonly now?: boolean
  readonly yes?: boolean
}

type Doomed = Pick<Item, 'kind' | 'namespace' | 'name'>

export function remove(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('delete')
    .summary('remove objects')
    .description('Removes objects. A delete is final: it also wins over changes that had not heard of it.')
    .argument('[what...]', 'deploy/web, "deployment web api", services')
    .option('-f, --filename <file>', 'what these manifests name', collect)
    .option('-R, --recursive', 'also the directories within')
    .option('-l, --selector <labels>', 'those with these labels')
    .option('--all', 'all of the kind in the namespace')
    .option('--ignore-not-found', 'it is no error if it is gone already')
    .option('--grace-period <seconds>', 'how long pods may take to end, in place of what they say')
    .option('--now', 'one second: --grace-period 1')
    .option('-y, --yes', 'do not ask')
    .action((what: string[], _options: unknown, self: Command) => run(what, self.optsWithGlobals<Options>(), sessionOf))
  examples(
    command,
    'shoal delete deploy/web svc/web',
    'shoal delete -f web.yaml',
    'shoal delete deployments -l app=web',
    'shoal delete pod web-1 --now',
  )
}

async function run(what: readonly string[], options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const client = await session.client()
  const doomed = await chosen({ what, options, session, client })
  await assertMeant(doomed, options, session)
  for (const { kind, namespace, name } of doomed) {
    const outcome = await removed(client, pathOf(kind, namespace, name), options)
    session.print(`${qualifiedKind(kind)} "${name}" ${outcome}`)
  }
  if (doomed.length === 0) session.say('No resources found.')
}

/** What is answered to a delete: the object, where it waits. */
interface Answer {
  readonly metadata?: { readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] }
}

/** In words. [FIN15] What waits for its finalizers, or for what is in it, is not gone yet. */
async function removed(client: Client, path: string, options: Options): Promise<string> {
  const { ignoreNotFound, filename, now, gracePeriod = now === true ? '1' : undefined } = options
  try {
    const query = { gracePeriodSeconds: gracePeriod }
    const answer = (await client.ask({ method: 'DELETE', path, query })).body as Answer | undefined
    if (answer?.metadata?.deletionTimestamp === undefined) return 'deleted'
    const { finalizers = [] } = answer.metadata
    return `is being deleted: it waits for ${finalizers.length === 0 ? 'what is in it' : finalizers.join(', ')}`
  } catch (error) {
    // What manifests name may be gone with its namespace by now.
    if (error instanceof ApiFailure && error.status === 404 && (ignoreNotFound === true || filename !== undefined))
      return 'was not there'
    throw error
  }
}

interface Choice {
  readonly what: readonly string[]
  readonly options: Options
  readonly session: Session
  readonly client: Client
}

async function chosen({ what, options, session, client }: Choice): Promise<readonly Doomed[]> {
  const kinds = await Kinds.of(client)
  if (options.filename !== undefined) {
    const { readManifests } = await import('../manifest-files.ts')
    const mistakes = new Mistakes()
    const manifests = readManifests(options.filename, { recursive: options.recursive, mistakes })
    const namespaces = { fallback: session.namespace, asked: session.askedNamespace }
    const items = understood(manifests, { kinds, namespaces, mistakes })
    mistakes.assertNone()
    // Backwards: what was created first goes last.
    return items.toReversed()
  }
  const doomed: Doomed[] = []
  for (const { kind, name } of namedObjects(kinds, what)) {
    if (name !== undefined) doomed.push({ kind, namespace: session.namespace, name })
    else doomed.push(...(await selected(kind, { what, options, session, client })))
  }
  return doomed
}

async function selected(kind: KindInfo, { options, session, client }: Choice): Promise<readonly Doomed[]> {
  if (options.selector === undefined && options.all !== true) {
    throw new CommandFailure(`which ${kind.plural}? Name them, choose them with -l LABELS, or say --all`)
  }
  const list = await client.get<ObjectList>(pathOf(kind, session.namespace), { labelSelector: options.selector })
  return list.items.map(({ metadata }) => ({ kind, namespace: session.namespace, name: metadata.name }))
}

/** Asked where much goes at once: a namespace takes everything in it along. */
async function assertMeant(doomed: readonly Doomed[], options: Options, session: Session): Promise<void> {
  const namespaces = doomed.filter(({ kind }) => kind.kind === 'Namespace')
  if (options.yes === true || (namespaces.length === 0 && options.all !== true)) return
  const what =
    namespaces.length > 0
      ? `everything in ${namespaces.map(({ name }) => name).join(', ')}`
      : `${doomed.length} objects`
  if (!(await confirmed(session, `Delete ${what}?`))) throw new CommandFailure('nothing was deleted')
}
