/**
 * Small objects that are made, changed and deleted all the time, on whichever node: what informers have to follow.
 *
 * @module
 */
import type { Stream } from '../sim/random.ts'

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

export interface Deed {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
}

export const made = (name: string, value: string): Deed => ({
  method: 'POST',
  path: CONFIG_MAPS,
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } },
})

/** Of one of so many names. What is not there is made, what is there is mostly changed. */
export function drawDeed(dice: Stream, names: number): Deed {
  const name = `churn-${dice.between(0, names - 1)}`
  const value = String(dice.between(0, 1e9))
  switch (dice.between(0, 5)) {
    case 0:
      return { method: 'DELETE', path: `${CONFIG_MAPS}/${name}` }
    case 1:
    case 2:
      return made(name, value)
    default:
      return {
        method: 'PATCH',
        path: `${CONFIG_MAPS}/${name}`,
        body: { data: { value } },
        contentType: 'application/merge-patch+json',
      }
  }
}
