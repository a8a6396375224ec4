/**
 * A process and its output from now on, and its input where the template asks for one. Both outputs are in one file.
 *
 * @module
 */
import { PassThrough, Readable, type Writable } from 'node:stream'
import { releaseInput, writeInput } from './process-input.ts'
import { followLog } from './process-log.ts'
import { readLaunch, readRun, type RunFiles } from './process-state.ts'
import { RuntimeError, type AttachOptions, type ExecSession } from './runtime.ts'

export function attachTo(run: RunFiles, { stdin: wantsInput }: AttachOptions): ExecSession {
  const { stdin: kept } = readLaunch(run)
  const stdout = followLog(`${run.base}.log`, () => readRun(run).state !== 'running')
  const input = wantsInput && kept !== undefined ? writeInput(run.base) : undefined
  // [PROC35] Who leaves a visit of one ends its input.
  if (kept === 'once') input?.once('close', () => releaseInput(run.base))
  const exit = new Promise<number>((resolve, reject) => {
    stdout.once('end', () => {
      const now = readRun(run)
      if (now.state === 'exited') resolve(now.exitCode)
      else reject(new RuntimeError('failed', `${run.container} has no exit code`))
    })
    stdout.once('close', () => reject(new RuntimeError('failed', `${run.container} was left`)))
  })
  exit.catch(() => {}) // whoever wants to know asks
  return {
    stdin: input ?? nowhere(),
    stdout,
    stderr: Readable.from([]),
    exit,
    resize: async () => {},
    close: () => {
      stdout.destroy()
      input?.destroy()
    },
  }
}

function nowhere(): Writable {
  const sink = new PassThrough()
  sink.resume()
  return sink
}
