/**
 * Asks whether somebody listens by connecting, and hangs up at once.
 *
 * @module
 */
import type { World } from '../world/world.ts'
import type { Prober } from './ports.ts'

export const proberOver = ({ sockets }: Pick<World, 'sockets'>): Prober => ({
  async probe(target) {
    try {
      const connection = await sockets.connect(target)
      connection.destroy()
      return 'answers'
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : undefined
    }
  },
})
