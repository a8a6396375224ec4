/**
 * Asks whether somebody listens by connecting, and hangs up at once.
 *
 * @module
 */
import type { World } from '../world/world.ts'
import type { Prober } from './ports.ts'

/** No answer in time, or nobody on the bridge who has the address. */
const SILENT = new Set(['ETIMEDOUT', 'EHOSTUNREACH'])

export const proberOver = ({ sockets }: Pick<World, 'sockets'>): Prober => ({
  async probe(target) {
    try {
      const connection = await sockets.connect(target)
      connection.destroy()
      return 'answers'
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      return code === 'ECONNREFUSED' ? 'refused' : SILENT.has(code) ? 'silent' : undefined
    }
  },
})
