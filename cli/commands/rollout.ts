/** `shoal rollout`: how an update goes, what there was before it, and the way back. @module */
import type { Command } from 'commander'
import { awaited, timeoutMs, withWaiting } from '../awaiting.ts'
import type { WaitOptions } from '../awaiting.ts'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { keyOf, Kinds, pathOf, qualifiedKind } from '../kinds.ts'
import type { KindInfo } from '../kinds.ts'
import type { Deployment, ObjectList } from '../objects.ts'
import { ageOf } from '../../crdt/tables.ts'
import { table } from '../print/table.ts'
import { yamlText } from '../print/yaml.ts'
import { configsText, withConfigs, type RevisionConfigs, type UsedConfig } from '../revision-configs.ts'
import { revisionsOf, revisionToReturnTo, type Revision } from '../revisions.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { workloads } from './scale.ts'

interface Options extends GlobalOptions, WaitOptions {
  readonly toRevision?: string
  readonly templateOnly?: boolean
  readonly revision?: string
}

/** A Deployment that was named, and where it is. */
interface Subject {
  readonly session: Session
  readonly client: Client
  readonly kind: KindInfo
  readonly name: string
  readonly path: string
}

const WHAT = 'web, deploy/web'

export function rollout(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('rollout')
    .summary('watch, undo, repeat or pause an update')
    .description(
      'Shows how an update of a Deployment goes, and leads it: status, history, undo, restart, pause, resume.',
    )
  examples(
    command,
    'shoal rollout status web',
    'shoal rollout history web',
    'shoal rollout undo web',
    'shoal rollout undo web --to-revision 3',
    'shoal rollout restart web',
  )
  const verb = (name: string, summary: string): Command =>
    command
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
      .argument('<what...>', WHAT)
  const act =
    (run: (subject: Subject, options: Options) => Promise<void>) =>
    async (what: string[], _options: unknown, self: Command): Promise<void> => {
      const options = self.optsWithGlobals<Options>()
      for (const subject of await subjects(what, sessionOf(options))) await run(subject, options)
    }
  const thenWait =
    (run: (subject: Subject, options: Options) => Promise<void>) =>
    async (subject: Subject, options: Options): Promise<void> => {
      timeoutMs(options)
      await run(subject, options)
      if (options.wait) await wait(subject, options)
    }

  withWaiting(verb('status', 'wait until the update is through, and show the way')).action(act(wait))
  verb('history', 'show the revisions there are')
    .option('--revision <number>', 'show what this one runs')
    .action(act(history))
  withWaiting(verb('undo', 'go back to the revision before, with its ConfigMaps and Secrets'))
    .option('--to-revision <number>', 'or to this one')
    .option('--template-only', 'leave its ConfigMaps and Secrets as they are')
    .action(act(thenWait(undo)))
  withWaiting(verb('restart', 'replace all pods, bit by bit')).action(act(thenWait(restart)))
  verb('pause', 'begin nothing new until it is resumed').action(act((subject) => pause(subject, true)))
  withWaiting(verb('resume', 'go on with a paused update')).action(act(thenWait((subject) => pause(subject, false))))
}

async function subjects(what: readonly string[], session: Session): Promise<readonly Subject[]> {
  const client = await session.client()
  return workloads(await Kinds.of(client), what).map(({ kind, name }) => {
    if (kind.kind !== 'Deployment')
      throw new CommandFailure(`a ${kind.kind} is not rolled out: name a Deployment, as \`shoal rollout status web\``)
    if (name === undefined) throw new CommandFailure('name a Deployment: `shoal rollout status web`')
    return { session, client, kind, name, path: pathOf(kind, session.namespace, name) }
  })
}

const wait = ({ session, name }: Subject, options: Options): Promise<void> =>
  awaited(session, [{ kind: 'Deployment', namespace: session.namespace, name }], options)

async function revisions({ client, path, session, name }: Subject): Promise<readonly Revision[]> {
  const deployment = await client.get<Deployment>(path)
  const sets = `/apis/apps/v1/namespaces/${encodeURIComponent(session.namespace)}/replicasets`
  const found = revisionsOf(deployment, (await client.get<ObjectList>(sets)).items)
  if (found.length === 0) throw new CommandFailure(`${name} has no revisions yet`)
  return found
}

async function history(subject: Subject, { revision }: Options): Promise<void> {
  const { session, kind, name } = subject
  const known = await revisions(subject)
  const used = await configsOf(subject)
  if (revision !== undefined) {
    const asked = known.find(({ number }) => number === numberOf('--revision', revision))
    if (asked === undefined)
      throw new CommandFailure(
        `${name} has no revision ${revision}: there are ${known.map((each) => each.number).join(', ')}`,
      )
    const configs = used.get(asked.number) ?? []
    return session.print(yamlText(configs.length === 0 ? asked.template : withConfigs(asked.template, configs)))
  }
  const nowMs = Date.now()
  const hasGivenUp = known.some(({ isGivenUp }) => isGivenUp)
  const rows = known.map(({ number, isCurrent, isGivenUp, createdAt, replicas, ready, images }) => [
    `${number}${isCurrent ? '*' : ''}`,
    ageOf(createdAt, nowMs),
    `${ready}/${replicas}`,
    images.join(', '),
    ...(used.size === 0 ? [] : [configsText(used.get(number) ?? [])]),
    ...(hasGivenUp ? [isGivenUp ? 'given up: it missed its deadline' : ''] : []),
  ])
  const heads = [
    'REVISION',
    'AGE',
    'READY',
    'IMAGES',
    ...(used.size === 0 ? [] : ['CONFIG']),
    ...(hasGivenUp ? ['NOTE'] : []),
  ]
  session.print(`${qualifiedKind(kind)}/${name}\n${table(heads, rows)}`)
}

/** By the number of the revision; of those that were rolled out with any. */
async function configsOf({
  client,
  kind,
  session,
  name,
}: Subject): Promise<ReadonlyMap<number, readonly UsedConfig[]>> {
  const workload = keyOf(kind, session.namespace, name)
  const found = await client.get<{ revisions: readonly RevisionConfigs[] }>('/shoal/v1/revisions', { workload })
  const rows = found.revisions.filter(({ configs }) => configs.length > 0)
  return new Map(rows.map(({ number, configs }) => [number, configs]))
}

async function undo(subject: Subject, { toRevision, templateOnly }: Options): Promise<void> {
  const { session, client, kind, name } = subject
  const asked = toRevision === undefined ? undefined : numberOf('--to-revision', toRevision)
  const { number } = revisionToReturnTo(name, await revisions(subject), asked)
  const { body } = await client.ask({
    method: 'POST',
    path: '/shoal/v1/undo',
    query: {
      workload: keyOf(kind, session.namespace, name),
      toRevision: String(number),
      templateOnly: templateOnly === true ? 'true' : undefined,
    },
  })
  for (const config of (body as { restored?: readonly string[] }).restored ?? []) session.print(`${config} restored`)
  session.print(`${qualifiedKind(kind)}/${name} rolled back to revision ${number}`)
}

/** As kubectl: a template that says when it was asked for is another template. */
async function restart({ session, client, kind, name, path }: Subject): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
  await client.ask({
    method: 'PATCH',
    path,
    contentType: MERGE,
    body: { spec: { template: { metadata: { annotations } } } },
  })
  session.print(`${qualifiedKind(kind)}/${name} restarted`)
}

async function pause({ session, client, kind, name, path }: Subject, paused: boolean): Promise<void> {
  await client.ask({ method: 'PATCH', path, contentType: MERGE, body: { spec: { paused: paused ? true : null } } })
  session.print(`${qualifiedKind(kind)}/${name} ${paused ? 'paused' : 'resumed'}`)
}

const MERGE = 'application/merge-patch+json'

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new CommandFailure(
      `${option} "${text}": must be the number of a revision, as \`shoal rollout history\` shows it`,
    )
  return Number(text)
}
