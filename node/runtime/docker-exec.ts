/**
 * A command in a running container of an engine: prepared by one call, begun by a second, which becomes the stream of its
 * input and outputs, and asked for its exit code by a third when that stream has ended.
 *
 * Engines have no call to end a command. Where its process is on this machine it is killed as one of the container's.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { PassThrough, Writable, type Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Exec } from 'dockerode'
import { ORDER_MS_MAX, QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { frameReader, HEADER_BYTES } from './docker-logs.ts'
import { push } from './push.ts'
import { RuntimeError, type ExecOptions, type ExecSession } from './runtime.ts'

/** The engine closes the stream a moment before it knows the code, and opens it a moment before it knows the process. */
const ASK_PAUSE_MS = 20
const CODE_ASKS_MAX = 100
const PROCESS_ASKS_MAX = 50

/** [RT33] How engines tell that there was nothing to run: a sentence in the place of the output, and a shell's code. */
const NOT_RUN: ReadonlySet<number> = new Set([126, 127])
const NOT_RUN_START = 'OCI runtime exec failed'
const START_BYTES_MAX = 512

export async function openExec(
  engine: Engine,
  container: { id: string; container: string },
  { command, tty, stdin }: ExecOptions,
): Promise<ExecSession> {
  const doing = `run ${command[0] ?? 'a command'} in ${container.container}`
  const order = { Cmd: [...command], AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty }
  const exec = await engine.call(doing, ORDER_MS_MAX, (docker) => docker.getContainer(container.id).exec(order))
  const stream = await engine.call(doing, ORDER_MS_MAX, () => exec.start({ hijack: true, stdin: true, Tty: tty }))
  if (!stdin) stream.end()
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let start = ''
  const seen = (bytes: Buffer): void => void (start += String(bytes.subarray(0, START_BYTES_MAX - start.length)))
  const ended = readInto(stream, { stdout, stderr, tty, seen })
  return {
    stdin: stream,
    stdout,
    stderr,
    exit: ended.then(async () => {
      const code = await exitCode(engine, exec, doing)
      if (NOT_RUN.has(code) && start.startsWith(NOT_RUN_START)) {
        throw new RuntimeError('bad-command', `cannot ${doing}: ${start.trim()}`, code)
      }
      return code
    }),
    resize: ({ columns, rows }) =>
      engine.call(`resize the terminal of ${command[0]}`, QUESTION_MS_MAX, () => exec.resize({ w: columns, h: rows })),
    close: () => {
      void kill(engine, exec, container.id).finally(() => stream.destroy())
    },
  }
}

/** Resolves when the stream has ended, however it did. */
export function readInto(
  stream: Duplex,
  out: { stdout: PassThrough; stderr: PassThrough; tty: boolean; seen: (bytes: Buffer) => void },
): Promise<void> {
  const read = out.tty ? undefined : frameReader()
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out.seen(read === undefined ? chunk : chunk.subarray(HEADER_BYTES))
      void (async () => {
        if (read === undefined) await push(out.stdout, chunk)
        else for (const { source, payload } of read(chunk)) await push(source === 2 ? out.stderr : out.stdout, payload)
      })().then(() => done(), done)
    },
  })
  if (out.tty) out.stderr.end()
  return new Promise((resolve) => {
    const end = (): void => {
      out.stdout.end()
      out.stderr.end()
      resolve()
    }
    sink.once('finish', end)
    stream.once('error', end)
    stream.once('close', end)
    stream.pipe(sink)
  })
}

async function exitCode(engine: Engine, exec: Exec, doing: string): Promise<number> {
  for (let asks = 0; asks < CODE_ASKS_MAX; asks += 1) {
    const { Running, ExitCode } = await engine.call(doing, QUESTION_MS_MAX, () => exec.inspect())
    if (!Running && ExitCode !== null) return ExitCode
    await pause(ASK_PAUSE_MS)
  }
  throw new RuntimeError('failed', `cannot ${doing}: its streams have ended and it runs on`)
}

/** One that has only begun has no process yet. */
async function kill(engine: Engine, exec: Exec, containerId: string): Promise<void> {
  for (let asks = 0; asks < PROCESS_ASKS_MAX; asks += 1) {
    try {
      const { Running, Pid } = await engine.call('find a command', QUESTION_MS_MAX, () => exec.inspect())
      if (!Running) return
      if (Pid > 0 && isIn(containerId, Pid)) return void process.kill(Pid, 'SIGKILL')
    } catch {
      return // It has ended, or is out of our reach: then it ends with its container.
    }
    await pause(ASK_PAUSE_MS)
  }
}

/** Only a process that the kernel counts to this very container: an engine elsewhere has pids that mean others here. */
const isIn = (containerId: string, pid: number): boolean =>
  readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)
