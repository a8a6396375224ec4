/**
 * What kubectl and a kubelet say to one another beside bytes: how a command ended, and how large the terminal is.
 *
 * @module
 */
import { RuntimeError } from '../runtime/runtime.ts'
import { recordIn } from './record-in.ts'

/** A size is two numbers in JSON. */
export const SIZE_BYTES_MAX = 256

/** As a `Status`. kubectl takes its own exit code from it. */
export function statusOf(exit: Promise<number>): Promise<object> {
  return exit.then(statusOfCode, statusOfError)
}

function statusOfCode(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

function statusOfError(error: unknown): object {
  if (error instanceof RuntimeError && error.exitCode !== undefined)
    return { ...statusOfCode(error.exitCode), message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 }
}

/** `{"Width":80,"Height":24}`. Undefined: no size, or that of a terminal that knows none. */
export function sizeIn(bytes: Buffer): { readonly columns: number; readonly rows: number } | undefined {
  const { Width: columns, Height: rows } = recordIn(bytes, SIZE_BYTES_MAX)
  return isCells(columns) && isCells(rows) ? { columns, rows } : undefined
}

function isCells(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535
}
