/**
 * Which probes of a pod are to be asked, and when; and what an answer teaches. Pure; `pod-actor.ts` has them asked.
 *
 * @module
 */
import { changeContainer, isHookDue, type ContainerMemory, type PodMemory } from './pod-memory.ts'
import type { ProbeAnswer, ProbeTarget } from './probe-rule.ts'
import { probed, type Readiness } from './readiness.ts'
import { answered, type Vigil } from './vigil.ts'

export type QuestionKind = 'startup' | 'liveness' | 'readiness'

export interface Question {
  readonly container: string
  readonly kind: QuestionKind
  readonly target: ProbeTarget
  readonly timeoutMs: number
  /** Monotonic. */
  readonly atMs: number
  /** What is known so far: an answer counts while nothing newer is. */
  readonly about: Vigil | Readiness
}

/** All that is to be asked, now or later. [AGT17] A pod that is ending is asked nothing. */
export function questions(memory: PodMemory): Question[] {
  return memory.state === 'live' ? memory.containers.flatMap(questionsTo) : []
}

/** [LIV3] While a container is starting nothing else is asked. */
function questionsTo(container: ContainerMemory): Question[] {
  const { name, vigils, readiness } = container
  if (vigils === undefined || vigils.verdict !== undefined || isHookDue(container)) return []
  if (vigils.startup !== undefined) return [vigilQuestion(name, 'startup', vigils.startup)]
  const asked = vigils.liveness === undefined ? [] : [vigilQuestion(name, 'liveness', vigils.liveness)]
  if (readiness?.nextProbeMs === undefined || readiness.rule.kind === 'running') return asked
  const { target, timeoutMs } = readiness.rule
  const question = { container: name, target, timeoutMs, atMs: readiness.nextProbeMs, about: readiness }
  return [...asked, { ...question, kind: 'readiness' }]
}

function vigilQuestion(container: string, kind: 'startup' | 'liveness', vigil: Vigil): Question {
  const { target, timeoutMs } = vigil.rule
  return { container, kind, target, timeoutMs, atMs: vigil.nextProbeMs, about: vigil }
}

/** An answer about an earlier run says nothing about this one. */
export function hearAnswer(
  memory: PodMemory,
  { container, kind, about }: Question,
  { answer, monoMs }: { answer: ProbeAnswer; monoMs: number },
): PodMemory {
  return changeContainer(memory, container, (known) => {
    if (kind === 'readiness') {
      const { readiness } = known
      return readiness === about && readiness !== undefined
        ? { ...known, readiness: probed(readiness, answer, monoMs) }
        : known
    }
    const { vigils } = known
    return vigils?.[kind] === about && vigils !== undefined
      ? { ...known, vigils: answered(vigils, kind, { answer, monoMs }) }
      : known
  })
}
