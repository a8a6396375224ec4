/**
 * The options and the end of commands that wait for a rollout: `apply` and `scale`.
 *
 * @module
 */
import type { Command } from 'commander'
import { durationMs } from './duration.ts'
import type { Progress } from './print/progress.ts'
import type { Session } from './session.ts'
import type { Awaited } from './wait.ts'

export interface WaitOptions {
  /** `false` for `--no-wait`. */
  readonly wait: boolean
  readonly timeout: string
}

export function withWaiting(command: Command): Command {
  return command
    .option('--no-wait', 'return as soon as the order is taken')
    .option('--timeout <duration>', 'wait at most so long, then exit 124', '5m')
}

export function timeoutMs({ timeout }: WaitOptions): number {
  return durationMs('--timeout', timeout)
}

export async function awaited(session: Session, workloads: readonly Awaited[], options: WaitOptions): Promise<void> {
  const { waitForRollouts } = await import('./wait.ts')
  await waitForRollouts({
    client: await session.client(),
    workloads,
    timeoutMs: timeoutMs(options),
    progress: await progressOf(session),
  })
}

/** A tree for people, lines for logs. On stderr: it is no data. */
async function progressOf(session: Session): Promise<Progress> {
  const { LiveTree, PlainLines } = await import('./print/progress.ts')
  const { stderr } = session.output
  if (stderr.isTTY !== true || session.env['TERM'] === 'dumb') return new PlainLines((line) => stderr.write(line))
  const rows = (stderr as { rows?: number }).rows ?? 24
  return new LiveTree(
    { write: (text) => stderr.write(text), columns: stderr.columns ?? 80, rows },
    session.palette('stderr'),
  )
}
