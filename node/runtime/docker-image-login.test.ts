/** With which credentials the docker runtime pulls, against an engine that lets only one user in. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { connect } from './docker-engine.ts'
import { Images } from './docker-image.ts'
import type { PullCredentials } from './pull-credentials.ts'

const opened: { server: Server; directory: string; close(): void }[] = []
afterEach(() => {
  for (const { server, directory, close } of opened.splice(0)) {
    close()
    server.close()
    server.closeAllConnections()
    rmSync(directory, { recursive: true })
  }
})

/** `tried`: as whom it was asked. */
async function open(): Promise<{ images: Images; tried: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-pull-'))
  const tried: string[] = []
  let isPulled = false
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body))
    if (!(request.url ?? '').includes('/images/create')) {
      if (isPulled) answer(200, { Os: 'linux', Architecture: 'amd64', Config: { User: 'web' } })
      else answer(404, { message: 'No such image' })
      return
    }
    const header = String(request.headers['x-registry-auth'] ?? '')
    const auth = JSON.parse(Buffer.from(header, 'base64url').toString() || '{}') as Record<string, string>
    tried.push(auth['username'] ?? 'nobody')
    isPulled = auth['password'] === 'sesame'
    if (isPulled) answer(200, { status: 'done' })
    else answer(500, { message: `unauthorized: ${auth['password']}` })
  }).listen(join(directory, 'engine.sock'))
  await once(server, 'listening')
  const engine = connect({ socketPath: join(directory, 'engine.sock') })
  opened.push({ server, directory, close: () => engine.close() })
  return { images: new Images(engine, async () => ({ os: 'linux', arch: 'amd64' })), tried }
}

const login = (username: string, password: string, place = 'quay.io') => ({ place, username, password })
const with_ = (...logins: PullCredentials['logins']): PullCredentials => ({ logins, trouble: [] })

test('[DOCK40] an image is pulled as whom its registry lets in', async () => {
  const { images, tried } = await open()
  const credentials = with_(login('eve', 'x'), login('ada', 'sesame'), login('bob', 'y', 'other.test'))
  expect(await images.ensure('quay.io/team/web:1', 'IfNotPresent', credentials)).toEqual({ user: 'web' })
  expect(tried).toEqual(['eve', 'ada'])
})

test('[DOCK40] without one that fits it is asked for as nobody, and no pull waits for that of others', async () => {
  const { images, tried } = await open()
  const refused = images.ensure('quay.io/team/web:1', 'IfNotPresent', with_(login('ada', 'sesame', 'other.test')))
  const let_in = images.ensure('quay.io/team/web:1', 'IfNotPresent', with_(login('ada', 'sesame')))
  await expect(refused).rejects.toMatchObject({ code: 'image-missing' })
  await expect(let_in).resolves.toEqual({ user: 'web' })
  expect(tried.sort()).toEqual(['ada', 'nobody'])
})

test('[DOCK41] a refused pull tells what was not to be read, and no password', async () => {
  const { images } = await open()
  const trouble = ['imagePullSecrets: secret "hub" not found']
  const pull = images.ensure('quay.io/web', 'IfNotPresent', { logins: [login('eve', 'hunter2')], trouble })
  await expect(pull).rejects.toThrow(/unauthorized: \*\*\*; imagePullSecrets: secret "hub" not found/)
  await expect(pull).rejects.not.toThrow(/hunter2/)
})
