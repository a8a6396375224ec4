/**
 * Who signs. The CRDT layer neither makes keys nor knows where they live: it is handed a signer, a verifier and a list
 * of members, and holds every change and every record to them.
 *
 * @module
 */

/** A node's name in everything that is signed: its libp2p peer id, an Ed25519 public key inlined (`12D3Koo...`). */
export type NodeId = string

/** Signs as one node. Ed25519, 64 bytes. */
export interface Signer {
  readonly node: NodeId
  sign(bytes: Uint8Array): Uint8Array
}

/** Whom to believe. Certificates are opaque bytes here; what makes one valid is `net/`'s business. */
export interface Trust {
  /** Whether `signature` over `bytes` was made by the key inlined in `node`. Never throws. */
  verify(node: NodeId, bytes: Uint8Array, signature: Uint8Array): boolean
  /** Whether this node was admitted to the cluster. */
  isMember(node: NodeId): boolean
  /** Takes a certificate in; `held` means its issuer is not known yet. */
  admit(
    certificate: Uint8Array,
  ): { verdict: 'new' | 'known' | 'held'; subject: NodeId } | { verdict: 'refused'; reason: string }
}
