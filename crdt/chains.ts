/**
 * Chains of writers: each start of a node numbers its changes and names the one before. Two changes under one number, or a
 * change that names another one before it, prove that their author signed what it should not have.
 *
 * Nothing is refused for it. Writer ids are such that both changes merge like any two concurrent ones (`writer.ts`); to
 * refuse the one that came second would leave every node with the one that reached it first.
 *
 * @module
 */
import { type ChangeBody, toHex } from './envelope.ts'
import { EQUIVOCATIONS_MAX } from './limits.ts'
import type { Equivocation } from './listener.ts'
import { chainId } from './writer.ts'

type Link = Pick<ChangeBody, 'author' | 'nonce' | 'seq' | 'prev'>

export class Chains {
  /** Chain -> number -> hash of the change. */
  readonly #chains = new Map<string, Map<number, string>>()
  readonly #proofs: Equivocation[] = []

  proofs(): readonly Equivocation[] {
    return this.#proofs
  }

  /** Hash of the change under a number. */
  at({ author, nonce, seq }: Omit<Link, 'prev'>): string | undefined {
    return this.#chains.get(chainId(author, nonce))?.get(seq)
  }

  /** Notes a change that came into force; gives the proof where it contradicts one before. */
  note(link: Link, hash: string): Equivocation | undefined {
    const writer = chainId(link.author, link.nonce)
    const links = this.#chains.get(writer) ?? new Map<number, string>()
    this.#chains.set(writer, links)
    const twin = links.get(link.seq)
    const before = links.get(link.seq - 1)
    links.set(link.seq, twin ?? hash)
    if (twin !== undefined && twin !== hash) return this.#prove(link, writer, [twin, hash])
    if (before !== undefined && before !== toHex(link.prev))
      return this.#prove(link, writer, [before, toHex(link.prev)])
    return undefined
  }

  forget(link: Omit<Link, 'prev'>): void {
    const writer = chainId(link.author, link.nonce)
    const links = this.#chains.get(writer)
    links?.delete(link.seq)
    if (links?.size === 0) this.#chains.delete(writer)
  }

  #prove({ author, seq }: Link, writer: string, changes: readonly [string, string]): Equivocation {
    const proof = { author, writer, seq, changes }
    if (this.#proofs.length < EQUIVOCATIONS_MAX) this.#proofs.push(proof)
    return proof
  }
}
