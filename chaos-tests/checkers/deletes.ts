/**
 * P9: a delete is final. What was deleted, by its uid, and was said to be, is at the end on no node.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import type { DeploymentDeed } from '../workloads/deployments.ts'
import { deploymentsOn } from './objects.ts'

export const deletes: Checker = {
  rule: 'P9',
  begin: () => ({
    async settle({ cluster, history, core }) {
      const deleted = new Map<string, string>()
      for (const { operation, outcome } of history.done) {
        const what = operation.what as DeploymentDeed
        if (what.verb !== 'delete' || outcome.is !== 'acked') continue
        // With the machine that took it, it may be gone for ever: then nobody else need have heard of it.
        if (!core.includes(outcome.machine)) continue
        const { uid } = (outcome.answer.body as { details: { uid: string } }).details
        deleted.set(uid, `${what.name}, deleted through ${outcome.machine} (${operation.id})`)
      }
      for (const machine of core) {
        for (const { metadata } of await deploymentsOn(cluster, machine)) {
          const gone = deleted.get(metadata.uid)
          if (gone !== undefined) throw new Violation('P9', `${machine} still shows ${metadata.uid}, ${gone}`)
        }
      }
    },
  }),
}
