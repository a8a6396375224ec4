/**
 * The door of a node for the command line: the shapes its API answers with, and what a session with a pod speaks. Who enters
 * here loads nothing of the node beyond that.
 *
 * @module
 */
export type { ClusterInfo, PeerRow, Ticket } from './api/backend.ts'
export type { CertificateAnswer } from './api/client-certificate.ts'
export type { NodeUsageRow, PodUsageRow, UsageAnswer } from './api/usage.ts'
export type { Verification } from './api/verify.ts'
export type { ExecSession } from './runtime/runtime.ts'
export { RuntimeError } from './runtime/runtime.ts'
export { SessionError } from './session/frames.ts'
export { sessionOver } from './session/reach.ts'
export { splice } from './service/splice.ts'
export { makeDirectories } from './world/real-directories.ts'
