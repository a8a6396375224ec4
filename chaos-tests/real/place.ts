/**
 * What a cluster of real processes stands on here, and what cannot be done to it there: with root and Docker it is a lab of
 * machines with an engine each; without Docker their pods are plain processes; without root all share this machine's loopback.
 *
 * @module
 */
import type { Fault } from '../fault.ts'
import { REAL_KINDS } from './real-tampering.ts'

export type Place = 'docker' | 'process' | 'loopback'

/** Why there is none, in a sentence; undefined: there is one. */
export interface Lacking {
  readonly lab: string | undefined
  readonly engine: string | undefined
}

export interface Standing {
  readonly place: Place
  /** What it would take for all there is. */
  readonly because: readonly string[]
}

/** Undefined: the most that there can be. Throws where Docker was asked for by name and cannot be: a skip nobody sees is none. */
export function standingOf(asked: 'docker' | 'process' | undefined, { lab, engine }: Lacking): Standing {
  const lacks = [lab, engine].filter((why) => why !== undefined)
  if (asked === 'docker' && lacks[0] !== undefined) throw new Error(lacks[0])
  if (lab !== undefined) return { place: 'loopback', because: lacks }
  if (engine !== undefined) return { place: 'process', because: lacks }
  if (asked === 'process') return { place: 'process', because: ['--runtime process'] }
  return { place: 'docker', because: [] }
}

/** Whether a fault of that kind can be done there; a plan with a name may fill a disk, which nobody draws. */
export function isPossible(kind: string, place: Place): boolean {
  return REAL_KINDS[place].includes(kind) || (kind === 'disk' && place !== 'loopback')
}

/** Of a plan's faults, and of the kinds that are drawn, those that are left out there; a line each, with the reason. */
export function leftOut(faults: readonly Fault[], kinds: readonly string[], { place, because }: Standing): string[] {
  const left = [
    ...faults.filter(({ kind }) => !isPossible(kind, place)).map(({ id, kind }) => `${id} (${kind})`),
    ...kinds.filter((kind) => !isPossible(kind, place)),
  ]
  return left.length === 0 ? [] : [`not run: ${left.join(', ')}`, ...because.map((why) => `  since ${why}`)]
}
