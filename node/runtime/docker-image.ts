/**
 * Images: is it here, does it fit, and if not, get it. Looked at before every create, so the look is shared: twelve pods of
 * one Deployment that start at once cost one.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { ImageInspectInfo } from 'dockerode'
import type { Platform } from '../../crdt/index.ts'
import { QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { printable } from './launch-check.ts'
import { fingerprint, loginsFor, withoutSecrets, type PullCredentials, type RegistryLogin } from './pull-credentials.ts'
import { RuntimeError, type ContainerLaunch } from './runtime.ts'

/** How long an image that was here stays here unseen. Long enough for a burst of pods, too short for a prune to matter. */
const TRUST_MS = 1_000
/** Images of one second. */
const CHECKS_MAX = 256
/** The engine answers a pull only when the registry has: a dead one takes its time. */
const PULL_BEGIN_MS_MAX = 120_000
/** A registry that sends nothing for so long has hung. */
const STALL_MS_MAX = 120_000

/**
 * Docker's grammar of references, without the rarer forms: `host:port/path/name:tag@sha256:...`. No two of its branches match
 * the same text: names come from the network, and a regular expression that hesitates takes for ever.
 */
const REFERENCE =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/
const REFERENCE_LENGTH_MAX = 512

/** Texts of a registry that cannot be reached, as against one that says no. */
const UNREACHABLE =
  /dial tcp|no such host|i\/o timeout|connection (refused|reset)|network is unreachable|server misbehaving|handshake timeout|Client\.Timeout|EOF|stalled/i

type Pull = ContainerLaunch['pull']

/** [DOCK5] */
export function isReference(image: string): boolean {
  return image.length <= REFERENCE_LENGTH_MAX && REFERENCE.test(image)
}

interface Wish {
  readonly image: string
  readonly pull: Pull
  readonly credentials: PullCredentials
}

/** What of an image counts once it is here. */
export interface ImageFacts {
  /** Whom its programs run as, `user[:group]`; empty: root. */
  readonly user: string
}

const FREE: PullCredentials = { logins: [], trouble: [] }

export class Images {
  readonly #engine: Engine
  readonly #platform: () => Promise<Platform>
  readonly #checks = new Map<string, { readonly done: Promise<ImageFacts>; untilMs: number }>()

  constructor(engine: Engine, platform: () => Promise<Platform>) {
    this.#engine = engine
    this.#platform = platform
  }

  /** Resolves when the image is here and runs on this engine. */
  ensure(image: string, pull: Pull, credentials = FREE): Promise<ImageFacts> {
    const key = `${pull} ${image} ${fingerprint(credentials)}`
    const check = this.#checks.get(key)
    if (check !== undefined && check.untilMs > performance.now()) return check.done
    if (this.#checks.size >= CHECKS_MAX) this.#checks.clear()
    const done = this.#ensure(image, pull, credentials)
    const entry = { done, untilMs: Number.POSITIVE_INFINITY }
    this.#checks.set(key, entry)
    done.then(
      () => (entry.untilMs = performance.now() + TRUST_MS),
      () => (entry.untilMs = 0),
    )
    return done
  }

  async #ensure(image: string, pull: Pull, credentials: PullCredentials): Promise<ImageFacts> {
    if (!isReference(image)) throw new RuntimeError('image-missing', `"${printable(image)}" is no image name`)
    const here = await this.#look(image)
    const present = await this.#fetch({ image, pull, credentials }, here)
    const { os, arch } = await this.#platform()
    const [imageOs, imageArch] = [present.Os || os, present.Architecture || arch]
    if (imageOs === os && imageArch === arch) return { user: present.Config?.User ?? '' }
    throw new RuntimeError(
      'wrong-platform',
      `image ${image} is built for ${imageOs}/${imageArch}, the engine here runs ${os}/${arch}; build or name one for ${os}/${arch}`,
    )
  }

  async #fetch({ image, pull, credentials }: Wish, here: ImageInspectInfo | undefined): Promise<ImageInspectInfo> {
    if (here !== undefined && pull !== 'Always') return here
    if (pull === 'Never') {
      throw new RuntimeError(
        'image-missing',
        `image ${image} is not on this node and imagePullPolicy is Never; load it here`,
      )
    }
    try {
      await this.#pullWithAny(image, credentials)
    } catch (error) {
      // [DOCK6] A node that is cut off runs what it has: a registry out of reach is no reason to stop.
      if (here !== undefined && UNREACHABLE.test((error as Error).message)) return here
      throw error
    }
    const pulled = await this.#look(image)
    if (pulled !== undefined) return pulled
    throw new RuntimeError('image-missing', `image ${image} was pulled and is not there: somebody removes images here`)
  }

  async #look(image: string): Promise<ImageInspectInfo | undefined> {
    try {
      return await this.#engine.call(`look for image ${image}`, QUESTION_MS_MAX, (docker) =>
        docker.getImage(image).inspect(),
      )
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'image-missing') return undefined
      throw error
    }
  }

  /** [DOCK40] With each that fits until one is let in, and without any where none fits. */
  async #pullWithAny(image: string, credentials: PullCredentials): Promise<void> {
    const [first, ...others] = loginsFor(image, credentials)
    try {
      await this.#pull(image, first).catch(async (error: unknown) => {
        for (const login of others) if (await this.#pull(image, login).then(isDone, isNot)) return
        throw error
      })
    } catch (error) {
      throw await this.#pullFailure(error, image, credentials)
    }
  }

  async #pull(image: string, login: RegistryLogin | undefined): Promise<void> {
    const options = login === undefined ? {} : { authconfig: authOf(login) }
    const begin = (docker: Docker): Promise<NodeJS.ReadableStream> => docker.pull(image, options)
    await followProgress((await this.#engine.call(`pull image ${image}`, PULL_BEGIN_MS_MAX, begin)) as Readable)
  }

  async #pullFailure(error: unknown, image: string, credentials: PullCredentials): Promise<RuntimeError> {
    const message = withoutSecrets((error as Error).message, credentials)
    if (error instanceof RuntimeError && error.code === 'unavailable') return new RuntimeError(error.code, message)
    const { os, arch } = await this.#platform()
    if (/no matching manifest|does not match the specified platform/i.test(message)) {
      const text = `image ${image} is not built for ${os}/${arch}, which this engine runs: ${message}`
      return new RuntimeError('wrong-platform', text)
    }
    const trouble = credentials.trouble.map((each) => `; ${each}`).join('')
    return new RuntimeError('image-missing', `image ${image} is not here and cannot be pulled: ${message}${trouble}`)
  }
}

const isDone = (): boolean => true
const isNot = (): boolean => false

function authOf({ place, username, password, identityToken }: RegistryLogin): Docker.AuthConfig {
  const auth = { serveraddress: place, username, password, identitytoken: identityToken }
  return Object.fromEntries(Object.entries(auth).filter(([, value]) => value !== undefined)) as Docker.AuthConfig
}

/** [DOCK7] Reads the stream to its end: the engine works only while it is read, and failures come as lines in it. */
export async function followProgress(stream: Readable): Promise<void> {
  let stall: NodeJS.Timeout | undefined
  const watchStall = (): void => {
    clearTimeout(stall)
    stall = setTimeout(
      () => stream.destroy(new Error(`stalled: nothing came for ${STALL_MS_MAX / 1000} s`)),
      STALL_MS_MAX,
    )
  }
  watchStall()
  stream.on('data', watchStall)
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      const trouble = errorIn(line)
      if (trouble !== undefined) throw new Error(trouble)
    }
    if (stream.errored) throw stream.errored
  } finally {
    clearTimeout(stall)
    stream.destroy()
  }
}

function errorIn(line: string): string | undefined {
  try {
    const said = JSON.parse(line) as { error?: string; errorDetail?: { message?: string } }
    return said.error ?? said.errorDetail?.message
  } catch {
    return undefined
  }
}
