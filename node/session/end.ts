/**
 * How a session ended, as its last frame says it: with an exit code, or with a reason why there is none.
 *
 * @module
 */
import { RuntimeError } from '../runtime/runtime.ts'
import { frame, SessionError } from './frames.ts'
import { recordIn } from './record-in.ts'

/** A sentence, and a long one. */
const MESSAGE_BYTES_MAX = 4 * 1024
const EXIT_CODE_MAX = 255

const CODES: ReadonlySet<string> = new Set<RuntimeError['code']>([
  'unavailable',
  'image-missing',
  'wrong-platform',
  'bad-command',
  'port-in-use',
  'not-found',
  'failed',
])

export function endFrame(result: number | Error): Buffer {
  const value =
    typeof result === 'number'
      ? { exitCode: result }
      : {
          code: result instanceof RuntimeError ? result.code : 'failed',
          message: result.message.slice(0, MESSAGE_BYTES_MAX / 4),
          ...(result instanceof RuntimeError && result.exitCode !== undefined ? { exitCode: result.exitCode } : {}),
        }
  return frame('end', Buffer.from(JSON.stringify(value)))
}

/** [SESS2] An exit code, or the error that the other side tells. @throws SessionError where it is neither. */
export function readEnd(payload: Buffer): number | RuntimeError {
  const value = recordIn(payload, MESSAGE_BYTES_MAX)
  const { exitCode, code, message } = value
  const isCode =
    typeof exitCode === 'number' && Number.isInteger(exitCode) && exitCode >= 0 && exitCode <= EXIT_CODE_MAX
  if (message === undefined && code === undefined && isCode) return exitCode
  if (typeof message !== 'string' || typeof code !== 'string' || !CODES.has(code))
    throw new SessionError('protocol', 'an end that is none')
  return new RuntimeError(code as RuntimeError['code'], shown(message), isCode ? exitCode : undefined)
}

/** As text that a terminal can be shown. */
function shown(message: string): string {
  return message.replaceAll(/\p{C}/gu, ' ').trim() || 'the other node gave no reason'
}
