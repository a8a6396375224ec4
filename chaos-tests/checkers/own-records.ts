/**
 * P8: what a member said in the name of another shows on no node. One node is asked at each look, in turn.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { FORGED, read, upIn } from '../cluster.ts'

interface SeenNode {
  readonly metadata: { readonly name: string }
  readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } }
}

export const ownRecords: Checker = {
  rule: 'P8',
  begin: () => {
    let looks = 0
    return {
      async watch({ cluster }) {
        const up = upIn(cluster)
        const machine = up[looks++ % Math.max(1, up.length)]
        if (machine === undefined) return
        const nodes = await glance(() => read<{ items: SeenNode[] }>(cluster, machine, '/api/v1/nodes'))
        const forged = nodes?.items.find(({ status }) => status.nodeInfo.kubeletVersion.includes(FORGED))
        if (forged === undefined) return
        throw new Violation('P8', `${machine} believes what was said in the name of ${forged.metadata.name}`)
      },
    }
  },
}

/** A node may end while it is asked. */
async function glance<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch {
    return undefined
  }
}
