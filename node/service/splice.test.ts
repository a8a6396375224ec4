import { expect, test } from 'vitest'
import { closed, readAll, streamPair } from './rig.ts'
import { reset, splice } from './splice.ts'

/** A client and a server with a splice between them. */
function joined() {
  const [client, left] = streamPair()
  const [right, server] = streamPair()
  return { client, left, right, server, over: splice(left, right) }
}

test('[SPLICE1] each direction ends on its own', async () => {
  const { client, server, over } = joined()
  client.end('question')
  expect(await readAll(server)).toEqual({ text: 'question', error: undefined })
  server.write('first ')
  await expect.poll(() => client.readableLength).toBeGreaterThan(0)
  server.end('second')
  expect(await readAll(client)).toEqual({ text: 'first second', error: undefined })
  await over
})

test.each(['client', 'server'] as const)(
  '[SPLICE2] when the %s breaks, the other side sees an error and no clean end',
  async (side) => {
    const pair = joined()
    const other = side === 'client' ? pair.server : pair.client
    pair[side].write('half an answ')
    const read = readAll(other)
    await expect.poll(() => other.readableLength + (other.readableFlowing === true ? 1 : 0)).toBeGreaterThan(0)
    pair[side].destroy()
    expect((await read).error).toBeDefined()
    await pair.over
  },
)

test('[SPLICE2] a side that is gone without an error is no clean end either', async () => {
  const { left, server, over } = joined()
  const read = readAll(server)
  left.destroy()
  expect((await read).error).toBeDefined()
  await over
})

test('[SPLICE2] a side that broke before they were joined breaks the other at once', async () => {
  const [client, left] = streamPair()
  const [right, server] = streamPair()
  left.on('error', () => {})
  client.on('error', () => {})
  left.destroy()
  const read = readAll(server)
  await splice(left, right)
  expect((await read).error).toBeDefined()
})

test('[SPLICE3] a reader that does not read stops its writer after some tens of KiB', async () => {
  const { client, left, right, server, over } = joined()
  const chunk = new Uint8Array(8 * 1024)
  let written = 0
  while (written < 64 * 1024 * 1024 && client.write(chunk)) written += chunk.length
  await new Promise((resolve) => setImmediate(resolve))
  while (written < 64 * 1024 * 1024 && client.write(chunk)) written += chunk.length
  expect(written).toBeLessThan(256 * 1024)
  expect(left.readableLength + right.writableLength).toBeLessThan(256 * 1024)
  reset(server)
  await Promise.all([closed(client), over])
})
