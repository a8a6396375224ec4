/**
 * Bugs in what nodes decide: who is alive, whose claim stands, who gets a slot, and what agents make of it.
 *
 * @module
 */
import type { Mutation } from './mutation.ts'

export const DECIDING: readonly Mutation[] = [
  {
    name: 'no-refutation',
    breaks: 'A node that is held to be away does not say that it lives.',
    // Up to 12 machines each hears every other by itself.
    wish: { machines: 14 },
    isSlow: true,
    edits: [
      {
        file: 'node/membership/own-life.ts',
        find: "if (said === 'alive' || incarnation >= INCARNATION_MAX) return false",
        replace: 'return incarnation < 0',
      },
    ],
  },
  {
    name: 'silence-unnoticed',
    breaks: 'A neighbour that falls silent is not suspected.',
    edits: [
      {
        file: 'node/membership/detector.ts',
        find: 'const isSilent = isListening && nowMs - member.heardMs > this.#patienceWith(member)',
        replace: 'const isSilent = false',
      },
    ],
  },
  {
    name: 'silent-link-kept',
    breaks: 'A link by which nothing comes any more is kept: after a long split it waits for TCP to send again (OVL7).',
    // TCP sends again after twice the time it has waited already: a split has to last.
    wish: { safetyMs: 60_000, pauseMs: 10_000 },
    edits: [
      {
        file: 'node/membership/detector.ts',
        find: "this.#effects.push({ type: 'hang-up', node: member.id })",
        replace: '',
      },
    ],
  },
  {
    name: 'lost-not-dialled',
    breaks: 'Who stays away is dialled ever more slowly from the start: a healed split stays one for minutes (OVL5).',
    wish: { safetyMs: 60_000, pauseMs: 10_000 },
    edits: [
      {
        file: 'node/membership/redial.ts',
        find: 'Math.max(PAUSE_MS_MAX, awayMs * PAUSE_PER_AWAY)',
        replace: 'Math.max(PAUSE_MS_MAX, awayMs)',
      },
    ],
  },
  {
    name: 'deleted-for-ever',
    breaks: 'A member that was deleted and is back does not take that back (DEP4).',
    wish: { workloads: ['deployments', 'departing'] },
    edits: [
      {
        file: 'node/control/return-actor.ts',
        find: 'if (object === undefined) continue',
        replace: 'if (object !== undefined) continue',
      },
    ],
  },
  {
    name: 'dead-claims-hold',
    breaks: 'The claims of dead nodes hold their slots for ever: nobody bids for them.',
    edits: [
      {
        file: 'node/control/claims.ts',
        find: 'if (forMs >= sight.holdMs(node)) return false',
        replace: '',
      },
      {
        file: 'node/control/claims.ts',
        find: "reached('lost-claim-opened')\n      return false",
        replace: 'return true',
      },
    ],
  },
  {
    name: 'hold-not-grown',
    breaks: 'The claims of a member that flaps hold no longer than those of any other.',
    // It shows with the second return.
    wish: { safetyMs: 90_000, pauseMs: 30_000, kinds: ['flap'], workloads: ['steady'] },
    edits: [
      {
        file: 'node/membership/member.ts',
        find: 'Math.min(HOLD_MS_MAX, HOLD_MS * 2 ** flaps(member, nowMs))',
        replace: 'HOLD_MS',
      },
    ],
  },
  {
    name: 'hold-not-kept-alone',
    breaks: 'A node that is cut off takes the slots of all others at once.',
    wish: { kinds: ['split'], workloads: ['steady'] },
    edits: [
      {
        file: 'node/membership/detector.ts',
        find: ' && this.#hearsMost(nowMs)',
        replace: '',
      },
    ],
  },
  {
    name: 'younger-claim-wins',
    breaks: 'Of two claims on a slot the younger stands.',
    edits: [
      {
        file: 'node/control/claims.ts',
        find: 'standsSinceMs(a, nowMs) - standsSinceMs(b, nowMs) ||\n    a.claimedAtMs - b.claimedAtMs',
        replace: 'standsSinceMs(b, nowMs) - standsSinceMs(a, nowMs) ||\n    b.claimedAtMs - a.claimedAtMs',
      },
    ],
  },
  {
    name: 'surplus-kept',
    breaks: 'Of two claims on a slot both stand.',
    edits: [
      {
        file: 'node/control/claims.ts',
        find: 'return stop.map((claim)',
        replace: 'return [...stop].slice(stop.length).map((claim)',
      },
    ],
  },
  {
    name: 'orphans-kept',
    breaks: 'Pods of a deleted Deployment run on.',
    edits: [
      {
        file: 'node/placement/give-up.ts',
        find: 'return given.map(',
        replace: 'return given.slice(given.length).map(',
      },
    ],
  },
  {
    name: 'scale-down-ignored',
    breaks: 'Slots beyond the replicas are not given up.',
    edits: [
      {
        file: 'node/control/claims.ts',
        find: '...unwanted.map((claim)',
        replace: '...unwanted.slice(unwanted.length).map((claim)',
      },
    ],
  },
  {
    name: 'surge-unbounded',
    breaks: 'A rollout starts all new pods at once.',
    edits: [
      {
        file: 'node/control/slots.ts',
        find: 'ceiling: replicas + maxSurge',
        replace: 'ceiling: 2 * replicas + maxSurge',
      },
    ],
  },
  {
    name: 'tie-by-arrival',
    breaks: 'Of two equal bids the one that came first wins, on each node another.',
    edits: [
      {
        file: 'node/placement/award.ts',
        find: 'if (offer.score !== best.score) return offer.score > best.score',
        replace:
          'if (Math.abs(offer.score - best.score) < 10) return false\n  if (offer.score !== best.score) return offer.score > best.score',
      },
    ],
  },
  {
    name: 'everybody-wins',
    breaks: 'A node takes each slot that it offered to take, whoever won it.',
    edits: [
      {
        file: 'node/placement/placement.ts',
        find: 'awards.filter(({ winner }) => winner === self)',
        replace: 'awards.filter(({ winner }) => winner !== "")',
      },
    ],
  },
  {
    name: 'promised-twice',
    breaks: 'Two auctions at once are sold the same memory.',
    edits: [
      {
        file: 'node/placement/promises.ts',
        find: '.reduce((sum, [, resources]) => plus(sum, resources), NOTHING)',
        replace: '.reduce((sum) => sum, NOTHING)',
      },
    ],
  },
  {
    name: 'adopted-restarted',
    breaks: 'An agent that starts stops the pods that it finds running, and they are placed anew.',
    edits: [
      {
        file: 'node/agent/agent-actor.ts',
        find: '        this.#spawn(fact, step, context)\n        return\n',
        replace: `        this.#spawn(fact, step, context)
        if (step.found !== undefined) this.#roster.tell(claim.uid, { type: 'release', reason: 'it is old' }, context)
        return
`,
      },
    ],
  },
  {
    name: 'not-started-again',
    breaks: 'After a power cut a node believes that its pods still run.',
    // The machine has to be back before others do its work.
    wish: { safetyMs: 20_000, pauseMs: 3_000, kinds: ['power', 'reboot'] },
    edits: [
      {
        file: 'node/agent/claim-plan.ts',
        find: "if (claim.stopping) return { do: 'drop' }",
        replace:
          "if (isOld && found === undefined) return { do: 'leave' }\n  if (claim.stopping) return { do: 'drop' }",
      },
    ],
  },
  {
    name: 'budget-off-by-one',
    breaks: 'Drains take one pod more than a budget lets go.',
    // Only what has no surge takes from a budget, and only while nothing is broken is it counted.
    wish: { machines: 3, safetyMs: 40_000, pauseMs: 60_000, workloads: ['draining'] },
    edits: [
      {
        file: 'node/control/leaving.ts',
        find: 'standing.currentHealthy - standing.desiredHealthy)',
        replace: 'standing.currentHealthy - standing.desiredHealthy + 1)',
      },
    ],
  },
  {
    name: 'drain-before-routes',
    breaks: 'A pod that is to go is told to stop before the routes have heard of it (AGT10).',
    // Only what is asked all the time has requests under way in that moment.
    wish: { machines: 3, safetyMs: 15_000, pauseMs: 60_000, workloads: ['pressed'] },
    edits: [
      {
        file: 'node/agent/pod-machine.ts',
        find: 'monoMs + (isServing(memory) ? memory.drainMs : 0)',
        replace: 'monoMs',
      },
    ],
  },
  {
    name: 'two-revisions-current',
    breaks: 'After an update the revision before it is wanted as well.',
    wish: { workloads: ['updating'] },
    edits: [
      {
        file: 'node/control/slots.ts',
        find: 'standing.slice(0, Math.max(0, floor - count(current, serves)))',
        replace: 'standing.slice(0, workload.replicas)',
      },
      {
        file: 'node/control/slots.ts',
        find: 'const room = ceiling - wantedOld.length',
        replace: 'const room = ceiling',
      },
    ],
  },
  {
    name: 'old-given-up-early',
    breaks: 'A pod that a rollout has begun counts as one that serves: the old ones go before it gets ready.',
    wish: { safetyMs: 40_000, pauseMs: 60_000, workloads: ['mending', 'updating'] },
    edits: [
      {
        file: 'node/control/slots.ts',
        find: 'floor - count(current, serves)))\n  // [ROL5]',
        replace: 'floor - current.length))\n  // [ROL5]',
      },
    ],
  },
  {
    name: 'spoilt-kept',
    breaks: 'A revision that never gets ready is left as it is.',
    wish: { workloads: ['mending'] },
    edits: [
      {
        file: 'node/rollout/rollback.ts',
        find: 'if (lateSinceMs === undefined || target === undefined) return undefined',
        replace: 'if (lateSinceMs !== undefined || target === undefined) return undefined',
      },
    ],
  },
  {
    name: 'pods-not-placed-again',
    breaks: 'A Pod that somebody wrote stays where it began, though its machine is gone.',
    wish: { workloads: ['bare'] },
    edits: [
      {
        file: 'node/control/claims.ts',
        find: "fact.startedAtMs !== undefined && template.spec.restartPolicy === 'Never'",
        replace: 'fact.startedAtMs !== undefined',
      },
    ],
  },
  {
    name: 'load-ignored',
    breaks: 'An autoscaler asks for fewer pods, and never for more.',
    wish: { workloads: ['growing'] },
    edits: [
      {
        file: 'node/autoscale/decision.ts',
        find: 'if (stable === replicas) return undefined',
        replace: 'if (stable >= replicas) return undefined',
      },
    ],
  },
]
