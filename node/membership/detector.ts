/**
 * Who is alive. Every node beats on its links and watches those it has links with. Three beats missed make it suspect one;
 * what counts is whether the suspect's other monitors miss it too, so that a bad link or a stalled observer evicts nobody.
 * What the monitors agree on is told to all through gossip, and the accused may answer with a higher incarnation.
 *
 * ```
 *            3 beats missed + votes                  5 s
 *   alive ---------------------------> unreachable -------> lost
 *     |  \  redial refused + votes        ^                  |
 *     |   `------------> agent-gone ------'  nobody answers  |
 *     <------------------- heard again / refuted ------------'
 * ```
 * Sans-IO: frames, links and time come in, effects go out. Time is the monotonic clock.
 *
 * @module
 */
import type { NodeId, Verdict } from '../../crdt/index.ts'
import { agreed, QUORUM } from './agreement.ts'
import { beatFor, Beats, greeting } from './beats.ts'
import { componentOf, isHeard, isPending, judgeReach, Tellings, type Component } from './component.ts'
import type { Beat, Frame, Hearing, Statement, Vote } from './frames.ts'
import {
  flapped,
  forgive,
  holdMs,
  isFresh,
  lostMs,
  newMember,
  rememberReturn,
  type Member,
  type Suspicion,
} from './member.ts'
import { FULL_MESH_MAX } from './overlay.ts'
import { OwnLife } from './own-life.ts'
import type { News, SealedStatement } from './seal.ts'
import { BRIEFED_MS, FIRST_LINK_MS, HOLD_MS, SILENT_LINK_MS, TICK_MS } from './timing.ts'
import { reached } from '../../crdt/index.ts'

/** Dials nobody answered before a machine that once refused counts as out of reach. */
const UNANSWERED_MAX = 2

export type DetectorEffect =
  | { readonly type: 'send'; readonly to: NodeId; readonly frame: Frame }
  | { readonly type: 'verdict'; readonly node: NodeId; readonly verdict: Verdict }
  /** Through gossip, signed. */
  | { readonly type: 'spread'; readonly statement: News }
  /** Look at once whether it is there. */
  | { readonly type: 'dial'; readonly node: NodeId }
  /** Nothing comes by the link with it any more. */
  | { readonly type: 'hang-up'; readonly node: NodeId }
  | { readonly type: 'note'; readonly what: string; readonly facts: Readonly<Record<string, unknown>> }

export interface DetectorOptions {
  readonly self: NodeId
  /** Grows with every start of this node. */
  readonly start: number
  readonly nowMs: number
}

export interface Membership {
  /** As the cluster knows them. Who is not among them has departed and is forgotten. */
  readonly members: Iterable<NodeId>
  /** Those this node wants links with (overlay.ts): it watches them from the start. */
  readonly wanted: ReadonlySet<NodeId>
}

export class Detector {
  readonly #self: NodeId
  readonly #life: OwnLife
  readonly #beats = new Beats()
  readonly #tellings: Tellings
  readonly #members = new Map<NodeId, Member>()
  readonly #away = new Set<NodeId>()
  /** Undefined: something that it follows from has changed since it was last looked at. */
  #component: Component | undefined
  readonly #linked = new Set<Member>()
  /** Of a large cluster: whether the last tick left nobody to wait for, so that until then only neighbours can fall silent. */
  #isSettled = false
  #effects: DetectorEffect[] = []
  #dueMs: number

  constructor({ self, start, nowMs }: DetectorOptions) {
    this.#self = self
    this.#life = new OwnLife({ start, nowMs })
    this.#tellings = new Tellings(start)
    this.#dueMs = nowMs + TICK_MS
  }

  /** When to call `tick` next. What comes in may bring it forward. */
  get dueMs(): number {
    return this.#dueMs
  }

  // ---- what an observer may ask

  verdict(node: NodeId): Verdict {
    return this.#members.get(node)?.verdict ?? (node === this.#self ? 'alive' : 'lost')
  }

  /** Of a member it has not been told of yet it knows nothing bad. */
  isAway(node: NodeId): boolean {
    return this.#away.has(node)
  }

  /** All that are away. */
  away(): ReadonlySet<NodeId> {
    return this.#away
  }

  /** [DET9] How long its verdict has stood; for ever, of one that was never judged. */
  verdictMs(node: NodeId, nowMs: number): number {
    return nowMs - (this.#members.get(node)?.sinceMs ?? -Infinity)
  }

  holdMs(node: NodeId, nowMs: number): number {
    const member = this.#members.get(node)
    return member === undefined ? HOLD_MS : holdMs(member, nowMs)
  }

  /**
   * [DET18] All that are left come to the same where all are linked with all. A link that broke is that of an agent which ended,
   * and may be back.
   */
  #isCutOff(member: Member, nowMs: number): boolean {
    return !this.#isLarge && member.isLinked && !flapped(member, nowMs) && this.#hearsMost(nowMs)
  }

  #hearsMost(nowMs: number): boolean {
    const heard = [...this.#members.values()].filter((member) => isFresh(member, nowMs))
    return 2 * (heard.length + 1) > this.#members.size + 1
  }

  rttMs(node: NodeId): number | undefined {
    return this.#members.get(node)?.rttMs
  }

  /** Those it has or wants a link with, and does not hold to be away. */
  neighbours(): NodeId[] {
    return [...this.#members.values()]
      .filter(({ isWatched, verdict }) => isWatched && verdict === 'alive')
      .map(({ id }) => id)
  }

  // ---- what comes in; each answers with what is to be done

  setMembers({ members, wanted }: Membership, nowMs: number): DetectorEffect[] {
    const known = new Set(members)
    for (const id of known) if (id !== this.#self && !this.#members.has(id)) this.#enter(id, nowMs)
    for (const member of this.#members.values()) {
      if (!known.has(member.id)) this.#depart(member)
      else if (!member.isWatched && wanted.has(member.id)) this.#watch(member, nowMs)
      else if (member.isWatched && !wanted.has(member.id) && !member.isLinked) this.#unwatch(member)
    }
    return this.#flush(nowMs)
  }

  #enter(id: NodeId, nowMs: number): void {
    this.#members.set(id, newMember(id, nowMs))
    this.#component = undefined
  }

  #depart(member: Member): void {
    this.#members.delete(member.id)
    this.#away.delete(member.id)
    this.#linked.delete(member)
    this.#component = undefined
  }

  /** [DET4] A link that stands is proof of life. */
  linkUp(node: NodeId, nowMs: number): DetectorEffect[] {
    const member = this.#members.get(node)
    if (member === undefined) return []
    member.isLinked = true
    this.#linked.add(member)
    this.#component = undefined
    this.#watch(member, nowMs)
    this.#send(
      node,
      greeting(member, { members: [...this.#members.values()], incarnation: this.#life.incarnation, nowMs }),
    )
    this.#hearMember(member, nowMs)
    return this.#flush(nowMs)
  }

  /** [DET4] A broken link is a hint, checked at once. */
  linkDown(node: NodeId, nowMs: number): DetectorEffect[] {
    const member = this.#members.get(node)
    if (member === undefined) return []
    member.isLinked = false
    this.#linked.delete(member)
    this.#component = undefined
    if (member.isWatched && member.verdict === 'alive') this.#effects.push({ type: 'dial', node })
    return this.#flush(nowMs)
  }

  /** A dial found that nobody listens on a machine that answers. */
  refused(node: NodeId, nowMs: number): DetectorEffect[] {
    const member = this.#members.get(node)
    if (member === undefined || member.isLinked) return []
    member.unanswered = 0
    if (member.verdict === 'alive') this.#suspect(member, { cause: 'refused', sinceMs: nowMs }, nowMs)
    return this.#flush(nowMs)
  }

  /** A dial ended without a link, for whatever reason. */
  tried(node: NodeId): void {
    const member = this.#members.get(node)
    if (member !== undefined) member.wasTried = true
  }

  /** A dial found nothing at all. */
  unanswered(node: NodeId, nowMs: number): DetectorEffect[] {
    const member = this.#members.get(node)
    if (member === undefined || member.isLinked || member.verdict !== 'agent-gone') return []
    member.unanswered += 1
    if (member.unanswered < UNANSWERED_MAX) return []
    reached('machine-followed-agent')
    this.#judge(member, 'unreachable', nowMs)
    return this.#flush(nowMs)
  }

  receive(from: NodeId, frame: Frame, nowMs: number): DetectorEffect[] {
    const member = this.#members.get(from)
    if (member === undefined) return []
    if (frame.type === 'beat') this.#hearBeat(member, frame, nowMs)
    else this.#countVote(from, frame, nowMs)
    return this.#flush(nowMs)
  }

  /** What gossip brought. */
  hear({ by, statement }: SealedStatement, nowMs: number): DetectorEffect[] {
    if ('hears' in statement) this.#keepHearing(statement)
    else if (statement.node === this.#self) this.#answer(statement, nowMs)
    else this.#believe(statement, by, nowMs)
    return this.#flush(nowMs)
  }

  tick(nowMs: number): DetectorEffect[] {
    const members = [...(this.#hasSettled ? this.#linked : this.#members.values())]
    const lateMs = this.#life.ticked(nowMs, this.#dueMs)
    this.#dueMs = Infinity
    if (lateMs > 0) {
      reached('own-stall-forgiven')
      for (const member of this.#members.values()) forgive(member, lateMs)
      this.#note('stalled', { lateMs })
    }
    this.#beat(members, nowMs)
    for (const member of members) this.#watchOver(member, nowMs)
    this.#seeIsolation(members, nowMs)
    if (this.#isLarge) this.#seeComponent(members, nowMs)
    this.#isSettled =
      this.#isLarge && members.every((member) => (member.isLinked ? isHeard(member) : !isPending(member)))
    if (this.#life.repeats(nowMs)) this.#sayAlive()
    return this.#flush(nowMs)
  }

  /** [DET16] A tick before the next beat would find nothing new. */
  #isCalm(nowMs: number): boolean {
    const { nextMs } = this.#beats
    if (!this.#life.isCalm || nextMs < nowMs) return false
    if (this.#isLarge && !(this.#hasSettled && this.#tellings.isTold)) return false
    const heardMs = nextMs - this.#life.patienceMs
    // Frames come by the dozen each second, and to look at a thousand members for each of them would be dear.
    for (const member of this.#isLarge ? this.#linked : this.#members.values())
      if (!isHeard(member) || member.heardMs < heardMs) return false
    return true
  }

  /** Of a large cluster, where somebody is always away: who is lost, and out of reach, is waited for by nobody. */
  get #hasSettled(): boolean {
    return this.#isSettled && this.#component !== undefined
  }

  /** Not everybody has a link with everybody. */
  get #isLarge(): boolean {
    return this.#members.size >= FULL_MESH_MAX
  }

  // ---- beats

  #beat(members: readonly Member[], nowMs: number): void {
    const beats = this.#beats.due(members, this.#life.incarnation, nowMs)
    for (const [node, beat] of beats) this.#send(node, beat)
    // Votes go with the beats: one that is not repeated has no more say.
    if (beats.size > 0)
      for (const member of members) if (member.suspicion !== undefined) this.#vote(member, member.suspicion.cause)
  }

  #hearBeat(member: Member, { incarnation, sentMs, echo, doubt, neighbours, away }: Beat, nowMs: number): void {
    member.stamp = { sentMs, atMs: nowMs }
    member.incarnation = Math.max(member.incarnation, incarnation)
    if (echo !== undefined) member.rttMs = Math.max(0, nowMs - echo.sentMs - echo.heldMs)
    if (neighbours !== undefined) member.monitors = neighbours
    if (doubt !== undefined) this.#answer({ incarnation: doubt, said: 'unreachable' }, nowMs)
    this.#hearMember(member, nowMs)
    for (const statement of away ?? []) this.#beBriefed(statement, nowMs)
  }

  /** [DET6] Heard again: alive to us at once; the member is told that it was missed, so that it tells all others. */
  #hearMember(member: Member, nowMs: number): void {
    member.heardMs = nowMs
    member.isHungUp = false
    if (member.suspicion !== undefined) {
      reached('suspicion-withdrawn')
      this.#vote(member, 'withdrawn')
      this.#component = undefined
    }
    member.suspicion = undefined
    member.votes.clear()
    if (member.verdict !== 'alive') this.#welcome(member, nowMs)
    member.wasHeard = true
  }

  #welcome(member: Member, nowMs: number): void {
    const beat = beatFor(member, this.#life.incarnation, nowMs)
    if (member.isLinked) this.#send(member.id, { ...beat, doubt: member.incarnation })
    this.#judge(member, 'alive', nowMs)
  }

  #answer(accusation: Pick<Statement, 'incarnation' | 'said'>, nowMs: number): void {
    if (!this.#life.answers(accusation, nowMs)) return
    reached('accusation-refuted')
    this.#sayAlive()
    this.#note('refuted', { said: accusation.said, incarnation: this.#life.incarnation })
  }

  #sayAlive(): void {
    this.#spread({ node: this.#self, incarnation: this.#life.incarnation, said: 'alive' })
  }

  /**
   * [DET11] What a neighbour holds to be away: taken over by a node that knows nothing yet, passed on to the member by others. By
   * its link also what is long refuted, since the neighbour has not heard of it.
   */
  #beBriefed(statement: Statement, nowMs: number): void {
    const member = this.#members.get(statement.node)
    if (member === undefined || member.verdict !== 'alive') return
    if (nowMs - this.#life.startedMs < BRIEFED_MS) {
      reached('briefed')
      this.#believe(statement, undefined, nowMs)
    } else if (member.isLinked)
      this.#send(member.id, { ...beatFor(member, this.#life.incarnation, nowMs), doubt: statement.incarnation })
    else if (statement.incarnation >= member.incarnation) this.#spread({ ...statement, said: 'doubted' })
  }

  // ---- suspicion and votes

  #watchOver(member: Member, nowMs: number): void {
    if (member.verdict === 'unreachable' && nowMs - member.sinceMs >= lostMs(member, nowMs))
      this.#judge(member, 'lost', nowMs) // [DET3]
    // [OVL7] Also of one that flaps, which is lost later: else the two would wait for TCP to send again, after as long a
    // silence as the one before.
    if (member.isLinked && !member.isHungUp && member.verdict !== 'alive' && nowMs - member.heardMs >= SILENT_LINK_MS) {
      member.isHungUp = true
      this.#effects.push({ type: 'hang-up', node: member.id })
    }
    if (!member.isWatched || member.verdict !== 'alive') return
    // [DET13] In a large cluster others may well hear whom this node has no link with yet.
    const isListening = member.isLinked || !this.#isLarge
    const isSilent = isListening && nowMs - member.heardMs > this.#patienceWith(member)
    if (member.suspicion === undefined && isSilent) this.#suspect(member, { cause: 'silent', sinceMs: nowMs }, nowMs)
    else this.#decide(member, nowMs)
  }

  /** [DET15] On a busy machine the first link takes longer than a beat may: until it was tried, silence says nothing. */
  #patienceWith({ wasHeard, wasTried }: Member): number {
    const { patienceMs } = this.#life
    return wasHeard || wasTried ? patienceMs : Math.max(patienceMs, FIRST_LINK_MS)
  }

  #suspect(member: Member, suspicion: Suspicion, nowMs: number): void {
    member.suspicion = suspicion
    this.#component = undefined
    this.#vote(member, suspicion.cause)
    this.#decide(member, nowMs)
  }

  /** [DET2] To the target's other monitors only: what one node suspects is no news to all. */
  #vote(member: Member, vote: Vote['vote']): void {
    const { id, incarnation } = member
    for (const monitor of this.#monitorsOf(member)) {
      if (monitor.isLinked) this.#send(monitor.id, { type: 'vote', target: id, incarnation, vote })
    }
  }

  /**
   * All, where all want a link with it: what it told this node before they fell silent to one another may be old. Of a large
   * cluster as it told; of one that never told anything, all could be.
   */
  #monitorsOf({ id, monitors }: Member): Member[] {
    const ids = monitors.length === 0 || !this.#isLarge ? [...this.#members.keys()] : monitors
    return ids.flatMap((monitor) => (monitor === id ? [] : (this.#members.get(monitor) ?? [])))
  }

  #countVote(from: NodeId, { target, vote }: Vote, nowMs: number): void {
    const member = this.#members.get(target)
    if (member === undefined) return
    if (member.verdict !== 'alive') {
      const asks = vote === 'silent' || vote === 'refused'
      if (asks && !this.#isHeard(member, nowMs)) this.#sayDecided(member, from)
      return
    }
    if (!this.#monitorsOf(member).some(({ id }) => id === from)) return
    if (vote === 'withdrawn') member.votes.delete(from)
    else member.votes.set(from, nowMs)
    this.#decide(member, nowMs)
  }

  /**
   * [DET17] To one that stood still while others decided, and were too few to tell it; or that came back just before, so that
   * the member itself had told nobody of it. An answer asks for no other.
   */
  #sayDecided({ id, incarnation }: Member, to: NodeId): void {
    reached('late-monitor-answered')
    this.#send(to, { type: 'vote', target: id, incarnation, vote: 'decided' })
  }

  #decide(member: Member, nowMs: number): void {
    // Asked of every member at every tick, and hardly any is suspected.
    if (member.suspicion === undefined) return
    const reachable = this.#monitorsOf(member).filter(isHeard).length
    const agreement = agreed(member, { reachable, nowMs })
    if (agreement === undefined) return
    const { id, incarnation } = member
    reached(agreement.votes >= QUORUM ? 'verdict-agreed' : 'verdict-alone')
    if (agreement.verdict === 'agent-gone') reached('refusal-believed')
    this.#judge(member, agreement.verdict, nowMs)
    member.isApart = agreement.votes < QUORUM && agreement.verdict === 'unreachable'
    // [DET8] What only this node saw it keeps to itself: there is nobody to tell, or it is wrong.
    if (agreement.votes >= QUORUM) this.#spread({ node: id, incarnation, said: agreement.verdict })
  }

  // ---- verdicts

  /** [DET5] What a node hears itself it believes more than what it is told. */
  #believe({ node, incarnation, said }: Statement, by: NodeId | undefined, nowMs: number): void {
    const member = this.#members.get(node)
    if (member === undefined) return
    switch (said) {
      case 'alive': // [DET6] Nobody but the member itself can say so.
        if (by !== node || incarnation <= member.incarnation) return
        member.incarnation = incarnation
        if (member.verdict !== 'alive') this.#judge(member, 'alive', nowMs)
        return
      case 'unreachable':
      case 'agent-gone':
        if (incarnation < member.incarnation || member.verdict !== 'alive') return
        if (this.#isHeard(member, nowMs)) return reached('own-ears-believed')
        return this.#judge(member, said, nowMs)
      case 'doubted':
        return
    }
  }

  #isHeard({ isLinked, heardMs }: Member, nowMs: number): boolean {
    return isLinked && nowMs - heardMs <= this.#life.patienceMs
  }

  /** [DET10] With no neighbour left, nobody is within reach, also those this node has no link to. */
  #seeIsolation(members: readonly Member[], nowMs: number): void {
    if (nowMs - this.#life.startedMs < this.#life.patienceMs) return
    const isListening = ({ isWatched, isLinked }: Member): boolean => (this.#isLarge ? isLinked : isWatched)
    if (members.some((member) => isListening(member) && member.verdict === 'alive')) return
    if (members.length > 0) reached('isolated')
    for (const member of members) if (member.verdict === 'alive') this.#judgeApart(member, nowMs)
  }

  /** [DET13] Who is within reach of nobody within reach is out of reach, whoever its monitors were. */
  #seeComponent(members: readonly Member[], nowMs: number): void {
    const hearing = this.#tellings.due(this.#self, { members, count: this.#members.size }, nowMs)
    if (hearing !== undefined) this.#spread(hearing)
    this.#component ??= componentOf(this.#members)
    const component = this.#component
    for (const member of members) {
      const reach = judgeReach(member, component, nowMs)
      if (reach === 'in') this.#judge(member, 'alive', nowMs)
      if (reach === 'out') this.#judgeApart(member, nowMs)
    }
  }

  #judgeApart(member: Member, nowMs: number): void {
    this.#judge(member, 'unreachable', nowMs)
    member.isApart = true
  }

  #keepHearing(hearing: Hearing): void {
    const member = this.#members.get(hearing.node)
    if (member === undefined || hearing.version <= (member.hearing?.version ?? -1)) return
    // Said again, it changes nothing; and each name is kept once, whoever tells it.
    const isSame = isSameList(member.hearing?.hears, hearing.hears)
    const hears = isSame ? member.hearing!.hears : hearing.hears.map((id) => this.#members.get(id)?.id ?? id)
    member.hearing = { ...hearing, hears }
    if (!isSame) this.#component = undefined
  }

  #judge(member: Member, verdict: Verdict, nowMs: number): void {
    const was = member.verdict
    if (was === verdict) return
    if (verdict === 'alive' && member.wasHeard) rememberReturn(member, nowMs)
    member.isCutOff = verdict === 'unreachable' && this.#isCutOff(member, nowMs)
    member.verdict = verdict
    member.sinceMs = nowMs
    this.#component = undefined
    if (verdict === 'alive') this.#away.delete(member.id)
    else this.#away.add(member.id)
    member.suspicion = undefined
    member.votes.clear()
    member.unanswered = 0
    if (verdict === 'alive') member.isApart = false
    // Alive by hearsay: patience begins anew.
    if (verdict === 'alive') member.heardMs = nowMs
    this.#effects.push({ type: 'verdict', node: member.id, verdict })
    this.#note('verdict', { node: member.id, was, verdict })
  }

  #watch(member: Member, nowMs: number): void {
    member.isWatched = true
    member.heardMs = nowMs
  }

  #unwatch(member: Member): void {
    member.isWatched = false
    member.suspicion = undefined
    this.#component = undefined
  }

  // ---- effects

  #send(to: NodeId, frame: Frame): void {
    this.#effects.push({ type: 'send', to, frame })
  }

  #spread(statement: News): void {
    this.#effects.push({ type: 'spread', statement })
  }

  #note(what: string, facts: Readonly<Record<string, unknown>>): void {
    this.#effects.push({ type: 'note', what, facts })
  }

  #flush(nowMs: number): DetectorEffect[] {
    this.#dueMs = Math.min(this.#dueMs, this.#isCalm(nowMs) ? this.#beats.nextMs : nowMs + TICK_MS)
    const effects = this.#effects
    this.#effects = []
    return effects
  }
}

function isSameList(some: readonly NodeId[] | undefined, others: readonly NodeId[]): boolean {
  return some?.length === others.length && some.every((id, index) => id === others[index])
}
