/**
 * A program that writes one object over and over, faster than anything else does, until its history is cut.
 *
 * @module
 */
import { workload } from '../workload.ts'
import { PATH, requestOf, type DeploymentDeed } from './deployments.ts'

const NAME = 'busy'
/** Share of runs that have such a program: it costs as much as all else. */
const SHARE = 0.1
/** A history is cut at 200 changes. */
const WRITES = 240
const STEP_MS = 40

type BurstDeed = (DeploymentDeed & { readonly verb: 'create' }) | { readonly verb: 'note'; readonly text: string }

export const burst = workload<BurstDeed>({
  name: 'burst',
  draw({ chance, lastsMs }) {
    if (!chance.chance(SHARE)) return []
    const startMs = (chance.unit() * lastsMs) / 2
    const notes = Array.from({ length: WRITES }, (_, index) => ({
      atMs: startMs + (index + 1) * STEP_MS * (0.5 + chance.unit()),
      what: { verb: 'note', text: `${index}` } as const,
    }))
    const create = { atMs: 0, what: { verb: 'create', name: NAME, replicas: 1 } as const }
    return [create, ...notes.filter(({ atMs }) => atMs < lastsMs).toSorted((one, other) => one.atMs - other.atMs)]
  },
  requestOf(what) {
    if (what.verb === 'create') return requestOf(what)
    const body = { metadata: { annotations: { note: what.text } } }
    return { method: 'PATCH', path: `${PATH}/${NAME}`, asking: { body, contentType: 'application/merge-patch+json' } }
  },
})
