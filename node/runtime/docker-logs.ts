/**
 * An engine's log stream holds both outputs of a container in frames: one byte for which, three of zero, four for the length.
 * A reader of ours gets the lines alone, in order.
 *
 * @module
 */
import { pipeline, Transform, type Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { LogOptions } from './runtime.ts'

export const HEADER_BYTES = 8

/** Always as a stream: dockerode reads a log that is not followed into memory, and takes one that looks like JSON for an answer. */
export function openLog(docker: Docker, id: string, options: LogOptions): Promise<Readable> {
  const query = {
    stdout: true,
    stderr: true,
    follow: options.follow,
    timestamps: options.timestamps,
    tail: options.tailLines ?? 'all',
    ...(options.sinceMs !== undefined && { since: (options.sinceMs / 1000).toFixed(3) }),
  }
  const request = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    options: query,
  }
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error: Error | null, response: unknown) => {
      if (error) reject(error)
      // Whichever end goes first takes the other with it: a reader that leaves frees the engine's request.
      else resolve(pipeline(response as Readable, demultiplex(), () => {}))
    })
  })
}

/** Frames in, payloads out. */
export function demultiplex(): Transform {
  const read = frameReader()
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const { payload } of read(chunk)) this.push(payload)
      done()
    },
  })
}

export interface FramePart {
  /** 1: standard output, 2: standard error. */
  readonly source: number
  readonly payload: Buffer
}

/** [DOCK9] Frames in, however cut; what of their payloads is in each cut out. */
export function frameReader(): (chunk: Buffer) => Generator<FramePart> {
  let header = Buffer.alloc(0)
  let source = 0
  let payloadLeft = 0
  return function* (chunk) {
    for (let rest = chunk; rest.length > 0;) {
      if (payloadLeft > 0) {
        const taken = Math.min(payloadLeft, rest.length)
        yield { source, payload: rest.subarray(0, taken) }
        payloadLeft -= taken
        rest = rest.subarray(taken)
      } else {
        const missing = HEADER_BYTES - header.length
        header = Buffer.concat([header, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (header.length < HEADER_BYTES) break
        source = header[0] ?? 0
        payloadLeft = header.readUInt32BE(4)
        header = Buffer.alloc(0)
      }
    }
  }
}
