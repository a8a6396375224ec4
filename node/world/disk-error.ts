/**
 * What a disk may answer instead of doing as told. `code` is for the store's decision, `message` for people: what failed,
 * on which path, what to do about it.
 *
 * @module
 */
export type DiskTrouble =
  | 'no-space' // nothing was written; works again when there is room
  | 'no-access' // rights or a read-only file system
  | 'locked' // another process has this directory
  | 'lost-write' // a sync failed: what was appended since the last one may be gone, so this file takes no more
  | 'failed'

export class DiskError extends Error {
  readonly code: DiskTrouble

  constructor(code: DiskTrouble, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DiskError'
    this.code = code
  }
}

/** The sentence for a system error met while doing `what` ("append to") on `path`. */
export function diskError(what: string, path: string, cause: unknown): DiskError {
  if (cause instanceof DiskError) return cause
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error'
  const could = `could not ${what} ${path}`
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskError('no-space', `${could}: no space left (${code}); free some, nothing was changed`, { cause })
    case 'EACCES':
    case 'EPERM':
      return new DiskError('no-access', `${could}: permission denied (${code}); give it to the user who runs shoal`, {
        cause,
      })
    case 'EROFS':
      return new DiskError('no-access', `${could}: the file system is read-only; choose another data directory`, {
        cause,
      })
    case 'ENOTDIR':
    case 'EEXIST':
      return new DiskError('no-access', `${could}: a file stands where a directory is needed (${code})`, { cause })
    default:
      return new DiskError('failed', `${could}: ${cause instanceof Error ? cause.message : code}`, { cause })
  }
}

/** Names the port allows: relative, plain characters, no `.` or `..` for a part. */
export function isFileName(file: string): boolean {
  return file.split('/').every((part) => /^[\w-][\w.-]{0,200}$/.test(part))
}
