/** `shoal cp`: files and directories into a container and out of it, wherever it runs. @module */
import { lstatSync, realpathSync } from 'node:fs'
import { basename, posix, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { sessionOver, type ExecSession } from '../../node/index.ts'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { safe } from '../print/safe.ts'
import type { GlobalOptions, Session } from '../session.ts'

interface Options extends GlobalOptions {
  readonly container?: string
}

interface Remote {
  readonly namespace: string
  readonly pod: string
  readonly path: string
}

export function cp(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('cp')
    .summary('copy files into a container and out of it')
    .description(
      'Copies a file or a directory. Into a directory that is there it goes under its own name; otherwise it becomes what is named.',
    )
    .argument('<from>', 'web-0:/etc/nginx.conf, shop/web-0:/srv, or a local path')
    .argument('<to>', 'the same')
    .option('-c, --container <name>', 'of this container')
    .action((from: string, to: string, _options: unknown, self: Command) =>
      run(from, to, { options: self.optsWithGlobals<Options>(), sessionOf }),
    )
  examples(
    command,
    'shoal cp web-0:/var/log/app.log .',
    'shoal cp ./site web-0:/srv',
    'shoal cp -c db x.sql shop/web-0:/tmp/',
  )
}

async function run(
  from: string,
  to: string,
  { options, sessionOf }: { options: Options; sessionOf: SessionOf },
): Promise<void> {
  const session = sessionOf(options)
  const [source, target] = [remote(from, session), remote(to, session)]
  if ((source === undefined) === (target === undefined))
    throw new CommandFailure('name a container on one side: `shoal cp web-0:/path .` or `shoal cp file web-0:/path`')
  const client = await session.client()
  if (source !== undefined) await download(new Files(client, source, options), to, session)
  else if (target !== undefined) await upload(from, new Files(client, target, options), session)
}

/** `[namespace/]pod:path`; undefined for what is a path of this machine. */
function remote(word: string, session: Session): Remote | undefined {
  const parts = /^(?:([a-z0-9][a-z0-9-]*)\/)?([a-z0-9][a-z0-9.-]*):(.+)$/s.exec(word)
  if (parts === null) return undefined
  const [, namespace = session.namespace, pod = '', path = ''] = parts
  return { namespace, pod, path }
}

/** The files of one container at one path. */
class Files {
  readonly path: string
  readonly #client: Client
  readonly #url: string
  readonly #container: string | undefined

  constructor(client: Client, { namespace, pod, path }: Remote, { container }: Options) {
    this.path = path
    this.#client = client
    this.#url = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/files`
    this.#container = container
  }

  async open(method: 'GET' | 'PUT', path: string, look = false): Promise<ExecSession> {
    const query: [string, string][] = [['path', path]]
    if (look) query.push(['look', 'true'])
    if (this.#container !== undefined) query.push(['container', this.#container])
    return sessionOver(await this.#client.stream({ method, path: this.#url, query }))
  }

  async kind(): Promise<string> {
    const session = await this.open('GET', this.path, true)
    session.stdin.end()
    session.stderr.resume()
    const [said] = await Promise.all([text(session.stdout), session.exit])
    return said
  }
}

async function download(files: Files, to: string, session: Session): Promise<void> {
  const name = posix.basename(posix.resolve('/', files.path))
  if (name === '') throw new CommandFailure('name a file or a directory of the container, not the whole of it')
  const { unpack, placeFor } = await import('../unpack.ts')
  const place = placeFor(resolve(to), name)
  const target = lstatSync(place, { throwIfNoEntry: false }) === undefined ? place : realpathSync(place)
  const archive = await files.open('GET', files.path)
  archive.stdin.end()
  const complaints = text(archive.stderr)
  const unpacked = unpack(archive.stdout, target).catch((error: Error) => {
    archive.close()
    throw error
  })
  const { skipped } = await Promise.all([unpacked, over(archive, complaints)]).then(([result]) => result)
  for (const each of skipped) session.say(`left out ${each}`)
}

async function upload(from: string, files: Files, session: Session): Promise<void> {
  const path = resolve(from)
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw new CommandFailure(`there is no ${from} here`)
  const kind = await files.kind()
  const isInto = kind === 'directory'
  if (!isInto && files.path.endsWith('/'))
    throw new CommandFailure(`${files.path} is no directory of the container: make it first`)
  const [directory, name] = isInto
    ? [files.path, basename(path)]
    : [posix.dirname(files.path), posix.basename(files.path)]
  const { pack } = await import('../pack.ts')
  const archive = await files.open('PUT', directory)
  archive.stdout.resume()
  const complaints = text(archive.stderr)
  const ended = over(archive, complaints)
  ended.catch(() => {}) // asked below
  const local = pack(path, name, (sentence) => session.say(sentence))
  await pipeline(local, archive.stdin).catch(async (error: NodeJS.ErrnoException) => {
    // Where the container stopped to listen, what it says of it is worth more.
    if (LEFT.has(error.code ?? '')) await ended
    archive.close()
    throw error
  })
  await ended
}

/** How a stream breaks whose reader has left. */
const LEFT: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'])

/** Rejects where it did not go well. */
async function over(session: ExecSession, complaints: Promise<string>): Promise<void> {
  const [code, said] = await Promise.all([
    session.exit.catch((error: Error) => thrown(new CommandFailure(safe(error.message)))),
    complaints.catch(() => ''),
  ])
  if (code !== 0) throw new CommandFailure(safe(said.trim().split('\n').at(-1) ?? '') || `tar ended with ${code}`)
}

function thrown(error: Error): never {
  throw error
}
