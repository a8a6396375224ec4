/**
 * How bytes travel between members, and who is one. Knows no objects: what a frame or a message means is the business of those
 * above. The port is `transport.ts`; `Swarm` is it over libp2p, `MemoryNetwork` within a process.
 *
 * @module
 */
export { neighboursIn } from './admission.ts'
export type { Joined } from './admission.ts'
export { apiAuthority, readPublicKey } from './authority.ts'
export type { Authority } from './authority.ts'
export { issueCertificate, parseCertificate } from './certificate.ts'
export type { Certificate, Role } from './certificate.ts'
export { Faults } from './faults.ts'
export { createGenesis, parseGenesis } from './genesis.ts'
export type { ClusterId, Genesis } from './genesis.ts'
export { createIdentity, identityFromSeed, publicKeyOf, verify } from './identity.ts'
export type { Identity } from './identity.ts'
export { join } from './join.ts'
export { Members } from './members.ts'
export type { Admission } from './members.ts'
export { MemoryNetwork } from './memory.ts'
export type { MemoryNetworkOptions, WireState } from './memory.ts'
export type { MemoryTransport } from './memory-transport.ts'
export { Swarm } from './swarm.ts'
export type { Refusal, SwarmOptions } from './swarm.ts'
export { TICKET_LIFE_MS, createTicket, isTicket, parseTicket } from './ticket.ts'
export type { Ticket, TicketRefusal } from './ticket.ts'
export { FRAME_BYTES_MAX, GOSSIP_BYTES_MAX, NetError } from './transport.ts'
export type {
  DownReason,
  GossipMessage,
  Neighbour,
  PeerId,
  StreamProtocol,
  Topic,
  Transport,
  TransportHandlers,
} from './transport.ts'
