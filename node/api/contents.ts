/**
 * What is in a namespace, or of a definition: it goes first, and what of it waits for finalizers holds them.
 *
 * @module
 */
import type { ApiBackend } from './backend.ts'
import { resourcesOf, type Resource } from './served.ts'
import { target } from './target.ts'
import type { Target } from './target.ts'

export interface Inside {
  readonly at: Target
  readonly uid: string | undefined
}

/** What people wrote. Pods that nobody wrote end with their Deployments. */
export function contents(backend: ApiBackend, at: Target): readonly Inside[] {
  const { namespace, resources } = placesOf(backend, at)
  const inside = resources.flatMap((each) =>
    backend.view
      .list(each.group, each.kind, namespace === undefined ? {} : { namespace })
      .map(({ metadata }) => ({ at: target(each, metadata.namespace, metadata.name), uid: metadata.uid })),
  )
  const written = inside.filter((each) => backend.view.stored(each.at.key) !== undefined)
  // A kind that is served in two versions is listed twice.
  return [...new Map(written.map((each) => [each.at.key, each])).values()]
}

interface Places {
  readonly resources: readonly Resource[]
  /** Absent: in all, or in none. */
  readonly namespace?: string
}

function placesOf({ view }: ApiBackend, { resource, name }: Target): Places {
  switch (resource.kind) {
    case 'Namespace':
      return { resources: resourcesOf(view).filter((each) => each.namespaced && each.writable), namespace: name }
    case 'CustomResourceDefinition':
      return { resources: resourcesOf(view).filter(({ custom }) => custom?.definition.name === name) }
    default:
      return { resources: [] }
  }
}

/** Whether something of it waits. */
export const isFilled = (backend: ApiBackend, at: Target): boolean => contents(backend, at).length > 0
