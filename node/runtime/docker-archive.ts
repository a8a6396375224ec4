/**
 * Files of a container, by the engine's own calls: they work where the container has no tar, and where it does not run.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { posix } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { ORDER_MS_MAX, QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { printable } from './launch-check.ts'
import { RuntimeError, type ExecSession, type PathKind } from './runtime.ts'
import { inSession, outSession } from './stream-session.ts'

/** Go's bits in a file's mode. */
const IS_DIRECTORY = 2 ** 31
const IS_LINK = 2 ** 27

interface Stat {
  readonly mode: number
  readonly linkTarget: string
}

interface Place {
  readonly id: string
  readonly container: string
  /** Relative: to the container's working directory. */
  readonly path: string
}

export async function pathKind(engine: Engine, place: Place): Promise<PathKind> {
  const path = await absolute(engine, place)
  // With a dot a link to a directory is that directory.
  for (const each of [posix.join(path, '/.'), path]) {
    const stat = await statOf(engine, place, each)
    if (stat !== undefined) return stat.mode >= IS_DIRECTORY ? 'directory' : 'other'
  }
  return 'absent'
}

async function statOf(engine: Engine, { id, container }: Place, path: string): Promise<Stat | undefined> {
  const doing = `look at ${printable(path)} in ${container}`
  const answer = await engine.call(doing, QUESTION_MS_MAX, (docker) =>
    docker
      .getContainer(id)
      .infoArchive({ path })
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode === 404 || error.statusCode === 400) return undefined
        throw error as unknown as Error
      }),
  )
  if (answer === undefined) return undefined
  const { headers } = answer as unknown as IncomingMessage
  ;(answer as unknown as Readable).resume()
  const stat = Buffer.from(String(headers['x-docker-container-path-stat'] ?? ''), 'base64').toString('utf8')
  return JSON.parse(stat) as Stat
}

export async function copyOut(engine: Engine, place: Place): Promise<ExecSession> {
  const named = await absolute(engine, place)
  const stat = await statOf(engine, place, named)
  if (stat === undefined) throw noSuch(place)
  // What is meant is what the link leads to.
  const path = Math.floor(stat.mode / IS_LINK) % 2 === 1 ? stat.linkTarget : named
  const stream = await engine.call(`copy ${printable(path)} from ${place.container}`, ORDER_MS_MAX, (docker) =>
    docker.getContainer(place.id).getArchive({ path }),
  )
  return outSession(stream as Readable)
}

/** `path`: a directory that is there. */
export async function copyIn(engine: Engine, place: Place): Promise<ExecSession> {
  const path = await absolute(engine, place)
  if ((await pathKind(engine, { ...place, path })) !== 'directory')
    throw new RuntimeError('failed', `${printable(place.path)} in ${place.container} is no directory`)
  const input = new PassThrough()
  const never = 2 ** 31 - 1 // as long as the other side sends
  const done = engine.call(`copy to ${printable(path)} in ${place.container}`, never, (docker) =>
    docker.getContainer(place.id).putArchive(input, { path }),
  )
  return inSession(input, done)
}

function noSuch({ container, path }: Place): RuntimeError {
  return new RuntimeError('failed', `there is no ${printable(path)} in ${container}`)
}

async function absolute(engine: Engine, { id, container, path }: Place): Promise<string> {
  if (path.startsWith('/')) return path
  const { Config } = await engine.call(`look at ${container}`, QUESTION_MS_MAX, (docker) =>
    docker.getContainer(id).inspect(),
  )
  return posix.resolve(Config.WorkingDir || '/', path)
}
