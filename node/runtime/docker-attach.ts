/**
 * The input and output of a container's own process. Leaving it ends nothing but the input, where that is for one visit.
 *
 * @module
 */
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { ORDER_MS_MAX, QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { readInto } from './docker-exec.ts'
import { RuntimeError, type AttachOptions, type ExecSession } from './runtime.ts'

/** The engine closes the streams a moment before it knows the code. */
const CODE_PAUSE_MS = 20
const CODE_ASKS_MAX = 100

export async function openAttach(
  engine: Engine,
  { id, container: name }: { id: string; container: string },
  { stdin }: AttachOptions,
): Promise<ExecSession> {
  const doing = `attach to ${name}`
  const look = (): Promise<{ State: { Running: boolean; ExitCode: number }; Config: { Tty: boolean } }> =>
    engine.call(doing, QUESTION_MS_MAX, (docker) => docker.getContainer(id).inspect())
  const { State, Config } = await look()
  if (!State.Running) throw new RuntimeError('failed', `${name} is not running`)
  const stream = await engine.call(doing, ORDER_MS_MAX, (docker) =>
    docker.getContainer(id).attach({ hijack: true, stream: true, stdin, stdout: true, stderr: true }),
  )
  const out = { stdout: new PassThrough(), stderr: new PassThrough(), tty: Config.Tty, seen: () => {} }
  const exit = readInto(stream as PassThrough, out).then(async () => {
    for (let asks = 0; asks < CODE_ASKS_MAX; asks += 1) {
      const { State: now } = await look()
      if (!now.Running) return now.ExitCode
      await pause(CODE_PAUSE_MS)
    }
    throw new RuntimeError('failed', `its streams have ended and ${name} runs on`)
  })
  exit.catch(() => {}) // whoever wants to know asks
  const { stdout, stderr } = out
  return {
    stdin: stdin ? (stream as PassThrough) : new PassThrough().resume(),
    stdout,
    stderr,
    exit,
    resize: ({ columns, rows }) =>
      engine.call(`resize the terminal of ${name}`, QUESTION_MS_MAX, (docker) =>
        docker.getContainer(id).resize({ w: columns, h: rows }),
      ),
    close: () => void (stream as PassThrough).destroy(),
  }
}
