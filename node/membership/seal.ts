/**
 * Statements travel through gossip, past relays that need no trust: they are signed by who makes them, so that nobody can
 * speak for a member that is accused, and nobody accuses in another's name.
 *
 * @module
 */
import { encode } from 'cborg'
import type { NodeId, Signer, Trust } from '../../crdt/index.ts'
import {
  decodeList,
  hearingBody,
  readHearing,
  readStatement,
  statementBody,
  type Hearing,
  type Statement,
} from './frames.ts'

/** What gossip carries: what a node says of a member, or whom it hears. */
export type News = Statement | Hearing

export interface SealedStatement {
  readonly by: NodeId
  readonly statement: News
}

export interface Seal {
  seal(statement: News): Uint8Array
  /** [FRM2] `unknown`: not a member, or not yet. `bad`: no statement, or not by whom it says. Never throws. */
  open(bytes: Uint8Array): SealedStatement | 'unknown' | 'bad'
}

export function statementSeal({
  signer,
  trust,
  clusterId,
}: {
  signer: Signer
  trust: Pick<Trust, 'verify' | 'isMember'>
  clusterId: string
}): Seal {
  /** Bound to its purpose and its cluster: a signature of ours elsewhere says nothing here. */
  const signed = (body: readonly unknown[]): Uint8Array => encode(['shoal/verdict/1', clusterId, body])
  return {
    seal: (statement) => {
      const body = 'hears' in statement ? hearingBody(statement) : statementBody(statement)
      return encode([signer.node, body, signer.sign(signed(body))])
    },
    open: (bytes) => {
      const [by, body, signature] = decodeList(bytes) ?? []
      const statement = Array.isArray(body) ? (readStatement(body) ?? readHearing(body)) : undefined
      // [DET14] Whom a node hears only it can say.
      if (statement !== undefined && 'hears' in statement && statement.node !== by) return 'bad'
      if (statement === undefined || typeof by !== 'string' || !(signature instanceof Uint8Array)) return 'bad'
      if (!trust.isMember(by)) return 'unknown'
      return trust.verify(by, signed(body as unknown[]), signature) ? { by, statement } : 'bad'
    },
  }
}
