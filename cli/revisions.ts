/**
 * The revisions of a Deployment, read from its replica sets: which there are, what each ran, and how to go back to one. Pure.
 *
 * @module
 */
import { CommandFailure } from './failure.ts'
import { at, textAt } from './objects.ts'
import type { Deployment, Thing } from './objects.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const GIVEN_UP = 'shoal.dev/given-up'
const HASH = 'pod-template-hash'

export interface Revision {
  readonly number: number
  readonly isCurrent: boolean
  /** It missed its deadline, and the one before was brought back. */
  readonly isGivenUp: boolean
  readonly createdAt: string
  /** Pods of it there are. */
  readonly replicas: number
  readonly ready: number
  readonly images: readonly string[]
  /** Without the label that names the revision. */
  readonly template: unknown
}

/** Oldest first. */
export function revisionsOf({ metadata }: Deployment, replicaSets: readonly Thing[]): readonly Revision[] {
  const current = metadata.annotations?.[REVISION]
  return replicaSets
    .filter((each) => each.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
    .map((each) => revisionOf(each, current))
    .toSorted((one, other) => one.number - other.number)
}

function revisionOf(set: Thing, current: string | undefined): Revision {
  const number = set.metadata.annotations?.[REVISION]
  const containers = at(set, 'spec', 'template', 'spec', 'containers')
  return {
    number: Number(number),
    isCurrent: number === current,
    isGivenUp: set.metadata.annotations?.[GIVEN_UP] === 'true',
    createdAt: set.metadata.creationTimestamp ?? '',
    replicas: Number(at(set, 'status', 'replicas') ?? 0),
    ready: Number(at(set, 'status', 'readyReplicas') ?? 0),
    images: Array.isArray(containers) ? containers.map((container) => textAt(container, 'image')) : [],
    template: withoutHash(at(set, 'spec', 'template')),
  }
}

function withoutHash(template: unknown): unknown {
  const { metadata, ...rest } = (template ?? {}) as { metadata?: { labels?: Record<string, string> } }
  const { [HASH]: _, ...labels } = metadata?.labels ?? {}
  return { metadata: { ...metadata, labels }, ...rest }
}

/** The one that is asked for, or the last before the current that was not given up. */
export function revisionToReturnTo(name: string, revisions: readonly Revision[], asked: number | undefined): Revision {
  const current = revisions.find(({ isCurrent }) => isCurrent)
  const others = revisions.filter(({ isCurrent }) => !isCurrent)
  const numbers = others.map(({ number }) => number).join(', ')
  if (asked !== undefined && asked === current?.number)
    throw new CommandFailure(
      `${name} is at revision ${asked} already${numbers === '' ? '' : ` (there are also ${numbers})`}`,
    )
  const kept = others.filter(({ isGivenUp }) => !isGivenUp)
  const found = asked === undefined ? kept.at(-1) : others.find(({ number }) => number === asked)
  if (found !== undefined) return found
  if (asked === undefined && others.length > 0)
    throw new CommandFailure(
      `${name} has no revision to go back to: ${numbers} missed ${others.length === 1 ? 'its' : 'their'} deadline (--to-revision tries one all the same)`,
    )
  const why = asked === undefined ? `${name} has no revision before this one` : `${name} has no revision ${asked}`
  throw new CommandFailure(
    numbers === ''
      ? `${why}: nothing was rolled out before, or \`revisionHistoryLimit\` kept nothing`
      : `${why}: there are ${numbers}`,
  )
}
