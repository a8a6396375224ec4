/**
 * The door of a node for the command line: the shapes its API answers with. Types alone, so that who enters here loads
 * nothing of the node.
 *
 * @module
 */
export type { ClusterInfo, PeerRow, Ticket } from './api/backend.ts'
export type { Verification } from './api/verify.ts'
