/**
 * What the tests of this folder start with: identities, a cluster and its members, in a few lines. No test of its own.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { issueCertificate } from './certificate.ts'
import { createGenesis } from './genesis.ts'
import type { Genesis } from './genesis.ts'
import { createIdentity } from './identity.ts'
import type { Identity } from './identity.ts'
import { Members } from './members.ts'

export const newIdentity = (): Identity => createIdentity(randomBytes)

export interface TestCluster {
  readonly genesis: Genesis
  readonly root: Identity
  /** A member whom the root admitted, with a store that knows itself and the root only. */
  member(): { identity: Identity; members: Members }
}

export const newCluster = (name = 'test'): TestCluster => {
  const root = newIdentity()
  const genesis = createGenesis({ name, root, nowMs: 1000, random: randomBytes })
  const { clusterId } = genesis
  const rootCertificate = issueCertificate({ subject: root.node, issuer: root, clusterId, nowMs: 1000 })
  return {
    genesis,
    root,
    member: () => {
      const identity = newIdentity()
      const members = new Members({ genesis })
      members.admit(rootCertificate.bytes)
      members.admit(issueCertificate({ subject: identity.node, issuer: root, clusterId, nowMs: 2000 }).bytes)
      return { identity, members }
    },
  }
}
