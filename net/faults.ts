/**
 * How often a peer may do what no honest peer does, and how long it gets no link afterwards.
 *
 * Every fault fills a bucket that leaks; when it is full the peer is shunned, each time twice as long as the last. Only the
 * peer that sent the bytes is counted, and only for what it must have checked itself before it passed them on: nobody can have
 * an honest node shunned by what it says through it.
 *
 * Each node counts for itself, and tells nobody: an opinion of others would be a way to shut an honest node out. Pure: time
 * comes in, on the monotonic clock.
 *
 * @module
 */
import type { PeerId } from './transport.ts'

/** Room for a fault of ours that makes an honest peer repeat itself; a flood fills it within a second. */
export const FAULTS_MAX = 100

/** One fault is forgotten in this time. */
export const FAULT_MS = 1_000

/** First time without a link; doubles with each. */
export const SHUN_MS = 10_000
export const SHUN_MS_MAX = 600_000

/** After so long with a link and without being shunned again a peer is as good as new. */
export const FORGIVEN_MS = 1_800_000

/** Peers remembered, all of them members; the one blamed longest ago gives way. */
const PEERS_MAX = 4096

interface Account {
  readonly faults: number
  readonly atMs: number
  readonly shunnedUntilMs: number
  /** How long the last time was; 0: none that still counts. */
  readonly shunMs: number
}

const CLEAN: Account = { faults: 0, atMs: 0, shunnedUntilMs: -Infinity, shunMs: 0 }

export class Faults {
  readonly #accounts = new Map<PeerId, Account>()

  /** [FAULT1] For how many ms the peer is to be shunned from now on; undefined: not, or it is already. */
  blame(peer: PeerId, nowMs: number): number | undefined {
    const account = this.#accounts.get(peer) ?? CLEAN
    // [FAULT2] What was on its way when its link was cut does not make it worse.
    if (nowMs < account.shunnedUntilMs) return undefined
    const faults = Math.max(0, account.faults - (nowMs - account.atMs) / FAULT_MS) + 1
    if (faults <= FAULTS_MAX) {
      this.#keep(peer, { ...account, faults, atMs: nowMs })
      return undefined
    }
    const isForgiven = nowMs - account.shunnedUntilMs >= FORGIVEN_MS
    const shunMs = isForgiven ? SHUN_MS : Math.min(SHUN_MS_MAX, account.shunMs * 2)
    this.#keep(peer, { faults: 0, atMs: nowMs, shunnedUntilMs: nowMs + shunMs, shunMs })
    return shunMs
  }

  isShunned(peer: PeerId, nowMs: number): boolean {
    return nowMs < (this.#accounts.get(peer)?.shunnedUntilMs ?? -Infinity)
  }

  #keep(peer: PeerId, account: Account): void {
    this.#accounts.delete(peer)
    this.#accounts.set(peer, account)
    const [oldest] = this.#accounts.keys()
    if (this.#accounts.size > PEERS_MAX && oldest !== undefined) this.#accounts.delete(oldest)
  }
}
