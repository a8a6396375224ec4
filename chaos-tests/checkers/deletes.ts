/**
 * P9: a delete is final. What was deleted, by its uid, and was said to be, is at the end on no node.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { effects } from './effects.ts'
import { deploymentsOn, servicesOn } from './objects.ts'

export const deletes: Checker = {
  rule: 'P9',
  begin: () => ({
    async settle({ cluster, history, core }) {
      const deleted = new Map<string, string>()
      for (const { does, acked, object, operation } of effects(history)) {
        if (does !== 'delete' || acked === undefined) continue
        // With the machine that took it, it may be gone for ever: then nobody else need have heard of it.
        if (!core.includes(acked.machine) || cluster.damagedDisks.has(acked.machine)) continue
        deleted.set(acked.uid, `${object}, deleted through ${acked.machine} (${operation.id})`)
      }
      for (const machine of core) {
        // Of a Pod what is left is shown until its node has stopped it.
        const shown = [...(await deploymentsOn(cluster, machine)), ...(await servicesOn(cluster, machine))]
        for (const { metadata } of shown) {
          const gone = deleted.get(metadata.uid)
          if (gone !== undefined) throw new Violation('P9', `${machine} still shows ${metadata.uid}, ${gone}`)
        }
      }
    },
  }),
}
