/** How a command ends that runs another one elsewhere. @module */
import { RuntimeError } from '../node/index.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { safe } from './print/safe.ts'

/** [CLI90] The exit code is the other command's own; where there is none, its absence is told. */
export async function ended(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    const code = error instanceof RuntimeError ? error.exitCode : undefined
    throw new CommandFailure(safe((error as Error).message), code ?? EXIT.error)
  }
}
