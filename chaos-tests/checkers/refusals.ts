/**
 * What users ask here is well formed and small: it is taken, or refused for what it met (not there, there already, changed
 * meanwhile) or because the node cannot now; never as if it was wrong.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'

const MET = new Set([404, 409, 429])

export const refusals: Checker = {
  rule: 'API',
  begin: () => ({
    async settle({ history }) {
      for (const { operation, outcome } of history.done) {
        if (outcome.is !== 'refused' || MET.has(outcome.answer.status) || outcome.answer.status >= 500) continue
        const { status, body } = outcome.answer
        throw new Violation(
          'API',
          `${operation.id} was refused by ${outcome.machine}: ${status} ${JSON.stringify(body)}`,
        )
      }
    },
  }),
}
