/**
 * Whom this node believes: everybody a chain of certificates leads to from the genesis' root keys. The set only grows, and from
 * the same certificates, in whatever order, every node computes the same members.
 *
 * It is the `Trust` that `crdt/` is handed. Keeping certificates on disk is the caller's.
 *
 * @module
 */
import { parseCertificate, stands } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import type { Genesis } from './genesis.ts'
import { verify } from './identity.ts'
import type { PeerId } from './transport.ts'

/** Certificates that wait for their issuer's. Spread in no order, a fleet's worth of them waits for a moment at most. */
export const HELD_MAX = 256

/** No fleet of this design is larger; a member that issues more is broken or hostile. */
export const MEMBERS_MAX = 4096

export type Admission = { verdict: 'new' | 'known' | 'held'; subject: PeerId } | { verdict: 'refused'; reason: string }

export interface MembersOptions {
  genesis: Genesis
  /** Each certificate that comes into force, also those that were held. */
  onAdmitted?: (certificate: Certificate) => void
}

export class Members {
  readonly genesis: Genesis
  readonly #members = new Map<PeerId, Certificate>()
  /** By their certificates' bytes: seen again, they cost no signature check. */
  readonly #subjects = new Map<string, PeerId>()
  /** In order of arrival: the oldest gives way. */
  readonly #held = new Map<string, Certificate>()
  readonly #onAdmitted: (certificate: Certificate) => void

  constructor(options: MembersOptions) {
    this.genesis = options.genesis
    this.#onAdmitted = options.onAdmitted ?? (() => {})
  }

  get clusterId(): string {
    return this.genesis.clusterId
  }

  verify(node: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean {
    return verify(node, bytes, signature)
  }

  /** Undefined where it is none, or not signed by its issuer. */
  parse(bytes: Uint8Array): Certificate | undefined {
    return parseCertificate(bytes)
  }

  isMember(node: PeerId): boolean {
    return this.#members.has(node)
  }

  list(): readonly Certificate[] {
    return [...this.#members.values()]
  }

  certificateOf(node: PeerId): Certificate | undefined {
    return this.#members.get(node)
  }

  /** Takes a certificate in, or holds it until its issuer's is here. */
  admit(bytes: Uint8Array): Admission {
    const certificate = this.#read(bytes)
    const admission = this.#judge(bytes, certificate)
    if (admission.verdict === 'held' && certificate !== undefined) this.#hold(certificate)
    return admission
  }

  /** The same without holding anything: for those who have no right to be remembered yet. */
  admitNow(bytes: Uint8Array): Admission {
    return this.#judge(bytes, this.#read(bytes))
  }

  /** [MEMBER5] One that is here, or waits here, was checked when it came: a copy costs no signature. */
  #read(bytes: Uint8Array): Certificate | undefined {
    const text = textOf(bytes)
    const subject = this.#subjects.get(text)
    return (subject === undefined ? undefined : this.#members.get(subject)) ?? this.#held.get(text) ?? this.parse(bytes)
  }

  #judge(bytes: Uint8Array, certificate: Certificate | undefined): Admission {
    const present = this.#subjects.get(textOf(bytes))
    if (present !== undefined) return { verdict: 'known', subject: present }
    if (certificate === undefined) return refused('malformed, or not signed by its issuer')
    if (certificate.clusterId !== this.clusterId)
      return refused(`issued for cluster ${certificate.clusterId.slice(0, 12)}`)
    if (!certificate.roles.includes('node')) return refused('without the role "node"')
    if (!this.#mayIssue(certificate.issuer)) return { verdict: 'held', subject: certificate.subject }
    return this.#take(certificate)
  }

  /** Certificates from below a root key down to `node`'s own: what proves it to somebody who knows the genesis alone. */
  chainOf(node: PeerId): readonly Certificate[] {
    const chain: Certificate[] = []
    for (let next = this.#members.get(node); next !== undefined; next = this.#members.get(next.issuer)) {
      chain.unshift(next)
      // ends: `#take` lets no certificate in whose issuer descends from its subject
      if (this.#isRoot(next.issuer)) break
    }
    return chain
  }

  /** Whom a ticket has admitted, as far as known here. */
  admittedBy(ticketId: string): readonly PeerId[] {
    return this.list()
      .filter((certificate) => certificate.ticketId === ticketId)
      .map((certificate) => certificate.subject)
  }

  #take(certificate: Certificate): Admission {
    const { subject } = certificate
    const present = this.#members.get(subject)
    if (present !== undefined) {
      // [MEMBER3] two members admitted one node: all keep the same certificate of the two
      if (stands(present, certificate) === present || this.#descends(certificate.issuer, subject)) {
        return { verdict: 'known', subject }
      }
      this.#subjects.delete(textOf(present.bytes))
    }
    if (present === undefined && this.#members.size >= MEMBERS_MAX)
      return refused(`${MEMBERS_MAX} members are the most`)
    this.#members.set(subject, certificate)
    this.#subjects.set(textOf(certificate.bytes), subject)
    this.#onAdmitted(certificate)
    this.#release()
    return { verdict: 'new', subject }
  }

  #isRoot(node: PeerId): boolean {
    return this.genesis.rootKeys.includes(node)
  }

  #mayIssue(node: PeerId): boolean {
    return this.#isRoot(node) || this.#members.has(node)
  }

  #descends(node: PeerId, ancestor: PeerId): boolean {
    return node === ancestor ? !this.#isRoot(node) : this.chainOf(node).some((link) => link.subject === ancestor)
  }

  #hold(certificate: Certificate): void {
    this.#held.set(textOf(certificate.bytes), certificate)
    const [oldest] = this.#held.keys()
    if (this.#held.size > HELD_MAX && oldest !== undefined) this.#held.delete(oldest)
  }

  /** One new member may be the issuer of some that wait, and they of others. */
  #release(): void {
    for (const [text, certificate] of this.#held) {
      if (!this.#mayIssue(certificate.issuer)) continue
      this.#held.delete(text)
      // Releases in turn those that wait for it.
      this.#take(certificate)
    }
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const refused = (reason: string): Admission => ({ verdict: 'refused', reason })
