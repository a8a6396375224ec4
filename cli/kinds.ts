/**
 * What kinds there are, as the node says, and what people call them: `deploy`, `deployments`, `deployments.apps`, `Deployment`,
 * `deploy/web`.
 *
 * @module
 */
import type { Kind } from '../crdt/index.ts'
import type { PrinterColumn } from '../crdt/tables.ts'
import type { Client } from './client.ts'
import { CommandFailure } from './failure.ts'
import { didYouMean } from './guess.ts'

/** As `/shoal/v1/kinds` tells them. Only the type is shared: a command loads nothing of the node's. */
export interface KindInfo extends Kind {
  /** Of a kind that somebody defined. */
  readonly columns?: readonly PrinterColumn[]
  /** In which manifests are taken, too. */
  readonly olderVersions?: readonly string[]
}

export class Kinds {
  readonly all: readonly KindInfo[]

  constructor(all: readonly KindInfo[]) {
    this.all = all
  }

  static async of(client: Client): Promise<Kinds> {
    const { kinds } = await client.get<{ kinds: readonly KindInfo[] }>('/shoal/v1/kinds')
    return new Kinds(kinds)
  }

  /** By any of its names. */
  named(word: string): KindInfo {
    const [name, ...group] = word.toLowerCase().split('.')
    const found = this.all.find(
      (each) => namesOf(each).includes(name as string) && (group.length === 0 || each.group === group.join('.')),
    )
    if (found !== undefined) return found
    const names = this.all.flatMap(namesOf)
    throw new CommandFailure(
      `there is no kind "${word}"${didYouMean(word, names)} (there are ${this.all.map(({ plural }) => plural).join(', ')})`,
    )
  }

  /** As a manifest says it. `place` begins the error. */
  ofManifest({ apiVersion, kind }: { apiVersion: string; kind: string }, place: string): KindInfo {
    const found = this.all.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion)
    if (found !== undefined) return found
    const older = this.all.flatMap(({ olderVersions = [], ...each }) => olderVersions.map((version) => ({ ...each, version }))) // prettier-ignore
    const asked = older.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion)
    if (asked !== undefined) return asked
    const sameKind = this.all.find((each) => each.kind === kind)
    const hint =
      sameKind === undefined
        ? `${didYouMean(
            kind,
            this.all.map((each) => each.kind),
          )} (there are ${this.all.map((each) => each.kind).join(', ')})`
        : `: ${kind} is served as ${apiVersionOf(sameKind)}`
    throw new CommandFailure(`${place}: no kind "${kind}" in apiVersion "${apiVersion}"${hint}`)
  }
}

export function apiVersionOf({ group, version }: Pick<KindInfo, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** `deployment.apps`, as in messages. */
export function qualifiedKind({ singular, group }: Pick<KindInfo, 'singular' | 'group'>): string {
  return group === '' ? singular : `${singular}.${group}`
}

function namesOf({ kind, plural, singular, shortNames }: KindInfo): readonly string[] {
  return [plural, singular, ...shortNames, kind.toLowerCase()]
}

/** Path of an object, or of the collection where no name is given. */
export function pathOf(kind: KindInfo, namespace: string | undefined, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

/** Name of a document, as `/shoal/v1` takes it. */
export function keyOf(kind: KindInfo, namespace: string, name: string): string {
  return `${kind.group === '' ? 'core' : kind.group}/${kind.kind}/${kind.namespaced ? namespace : ''}/${name}`
}

export interface Named {
  readonly kind: KindInfo
  readonly name: string | undefined
}

/**
 * What a command line names: `pods`, `pods web-1 web-2`, `deploy/web svc/web`, `pods,services`. A kind alone names all of it.
 */
export function namedObjects(kinds: Kinds, words: readonly string[]): readonly Named[] {
  const [first, ...rest] = words
  if (first === undefined)
    throw new CommandFailure('name a kind, as in `shoal get pods`, or an object, as in `deploy/web`')
  if (words.some((word) => word.includes('/'))) return words.map((word) => slashed(kinds, word))
  const asked = first.split(',').map((word) => kinds.named(word))
  if (rest.length === 0) return asked.map((kind) => ({ kind, name: undefined }))
  return asked.flatMap((kind) => rest.map((name) => ({ kind, name })))
}

function slashed(kinds: Kinds, word: string): Named {
  const [kind, name, ...more] = word.split('/')
  if (!kind || !name || more.length > 0)
    throw new CommandFailure(`"${word}" names no object: write KIND/NAME, as deploy/web`)
  return { kind: kinds.named(kind), name }
}
