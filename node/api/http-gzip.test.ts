import { request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { serveApi } from './http.ts'
import { json, whole, type ApiResponse } from './message.ts'

async function answered(answer: ApiResponse, encoding: string | undefined): Promise<[IncomingMessage, Buffer]> {
  const server = await serveApi({ handle: async () => answer }, { tcp: { host: '127.0.0.1', port: 0 } })
  onTestFinished(() => server.close())
  const { port } = new URL(server.urls[0] as string)
  const headers = encoding === undefined ? {} : { 'accept-encoding': encoding }
  const incoming = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ host: '127.0.0.1', port, path: '/', headers }, resolve).once('error', reject).end(),
  )
  return [incoming, await buffer(incoming)]
}

const items = Array.from({ length: 2_000 }, (_, at) => ({ at, text: 'x'.repeat(100) }))
const large = json(200, { kind: 'List', items })

test.each(['gzip', 'gzip, deflate', 'br;q=1, gzip;q=0.5'])(
  '[PROTO7] a large answer is packed for "%s"',
  async (encoding) => {
    const [{ headers }, bytes] = await answered(large, encoding)
    expect([headers['content-encoding'], headers['vary']]).toEqual(['gzip', 'Accept-Encoding'])
    expect(bytes.length).toBeLessThan(30_000)
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual({ kind: 'List', items })
  },
)

test.each([undefined, 'br', 'gzip;q=0', 'identity'])('[PROTO7] a large answer is plain for "%s"', async (encoding) => {
  const [{ headers }, bytes] = await answered(large, encoding)
  expect(headers['content-encoding']).toBeUndefined()
  expect(JSON.parse(bytes.toString())).toEqual({ kind: 'List', items })
})

test('[PROTO7] a small answer is plain for everybody; a document of bytes is packed, too', async () => {
  const [{ headers }, bytes] = await answered(json(200, { kind: 'List', items: [] }), 'gzip')
  expect([headers['content-encoding'], bytes.toString()]).toEqual([undefined, '{"kind":"List","items":[]}\n'])
  const document = Buffer.alloc(200_000, 'a')
  const [packed, packedBytes] = await answered(whole(200, 'application/octet-stream', document), 'gzip')
  expect(packed.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(packedBytes).equals(document)).toBe(true)
})
