/**
 * Why a command ends, as its exit code tells scripts, and the sentence for people.
 *
 * @module
 */

/** `timeout` is 124, as of timeout(1); `changes` of a plan is terraform's. */
export const EXIT = { ok: 0, error: 1, unplaced: 2, changes: 2, timeout: 124 } as const

export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.error) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}

/** The node answered, and said no. */
export class ApiFailure extends CommandFailure {
  readonly status: number
  readonly reason: string
  readonly details: ApiDetails

  constructor({
    status,
    reason,
    message,
    details,
  }: {
    status: number
    reason: string
    message: string
    details: ApiDetails
  }) {
    super(message)
    this.name = 'ApiFailure'
    this.status = status
    this.reason = reason
    this.details = details
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 404
}

export interface ApiDetails {
  readonly name?: string
  readonly kind?: string
  readonly causes?: readonly { readonly field?: string; readonly message?: string }[]
  readonly retryAfterSeconds?: number
}
