import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { growth } from '../../chaos-tests/real/growth.ts'
import { followProgress, isReference } from './docker-image.ts'

test.each([
  'nginx',
  'nginx:1.27-alpine',
  'library/nginx',
  'registry.example.com:5000/team/web_app/api:v1',
  'localhost:5000/a',
  `nginx@sha256:${'a'.repeat(64)}`,
  `ghcr.io/owner/some--name:tag@sha256:${'0'.repeat(64)}`,
])('[DOCK5] an image name is taken: %s', (image) => {
  expect(isReference(image)).toBe(true)
})

test.each([
  ['nothing', ''],
  ['a shell', 'nginx;reboot'],
  ['a substitution', '$(id)'],
  ['a line break', 'nginx\n'],
  ['a space', 'nginx 1'],
  ['capitals in the path', 'Nginx/Web'],
  ['a URL', 'file:///etc/passwd'],
  ['a way up', '../../containers/json'],
  ['a query', 'nginx?x=1'],
  ['a short digest', 'nginx@sha256:abc'],
  ['a path of 600 characters', `${'a/'.repeat(300)}a`],
  ['a tag of 10,000 characters', `nginx:${'a'.repeat(10_000)}`],
])('[DOCK5] no image name: %s', (_case, image) => {
  expect(isReference(image)).toBe(false)
})

test.each(['a-', 'a/'])(
  '[DOCK5] a name that could be read in many ways, of %j, is refused as quickly as it is long',
  (part) => {
    const read = (size: number): void => {
      for (let again = 0; again < 200; again += 1) expect(isReference(`${part.repeat(size)}!`)).toBe(false)
    }
    expect(growth(read, { size: 20, times: 10 })).toBeLessThan(50)
  },
)

test.each([
  ['errorDetail', '{"status":"Pulling"}\n{"errorDetail":{"message":"no space left"},"error":"no space left"}\n'],
  ['error alone', '{"status":"Pulling"}\r\n{"error":"no space left"}'],
])('[DOCK7] a pull that fails on the way is a failure, though it began with 200: %s', async (_case, lines) => {
  await expect(followProgress(Readable.from([Buffer.from(lines)]))).rejects.toThrow('no space left')
})

test('[DOCK7] a pull ends with its stream, and a broken stream is a failure', async () => {
  await followProgress(Readable.from([Buffer.from('{"status":"Pulling"}\n{"status":"Done"}\n')]))
  const broken = new Readable({
    read() {
      this.destroy(new Error('socket hang up'))
    },
  })
  await expect(followProgress(broken)).rejects.toThrow('socket hang up')
})
