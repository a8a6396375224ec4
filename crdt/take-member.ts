/**
 * Certificates: a set that only grows. Their truth is judged by `Trust`; here they are kept, one for each member, and spread.
 *
 * @module
 */
import { type MemberBody, memberEnvelope } from './envelope.ts'
import { type Arrival, NO_CHANGE } from './arrival.ts'
import { CERTIFICATE_BYTES_MAX, MEMBERS_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import type { State } from './state.ts'

export function takeMember(state: State, { certificate }: MemberBody, arrival: Arrival): Receipt {
  if (certificate.length > CERTIFICATE_BYTES_MAX) {
    const reason = `The certificate has ${certificate.length} bytes; ${CERTIFICATE_BYTES_MAX} are allowed.`
    return { verdict: 'refused', rule: 'GATE18', reason }
  }
  if (state.members.size >= MEMBERS_MAX)
    return { verdict: 'held', reason: `There are ${MEMBERS_MAX} members, as many as may be.` }
  const admission = state.trust.admit(certificate)
  switch (admission.verdict) {
    case 'refused':
      return { verdict: 'refused', rule: 'GATE18', reason: `The certificate is refused: ${admission.reason}` }
    case 'held':
      return { verdict: 'held', reason: `The issuer of the certificate of ${admission.subject} is not known yet.` }
    case 'known':
    case 'new':
      // Known to `Trust` may be new here: it may have learnt of the member by itself.
      return state.members.has(admission.subject) ? { verdict: 'known' } : keep(state, admission.subject, arrival)
  }
}

function keep(state: State, subject: string, arrival: Arrival): Receipt {
  const envelope = memberEnvelope(subject, arrival)
  state.members.set(subject, envelope)
  state.known.set(envelope.hash, NO_CHANGE)
  state.digest.set('member', subject, '')
  state.note((listener) => listener.memberAdded(subject))
  return { verdict: 'new', envelope, released: [] }
}
