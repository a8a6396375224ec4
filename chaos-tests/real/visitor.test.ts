import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { Lab } from './lab.ts'
import { stretched } from './patience.ts'
import { Visitor } from './visitor.ts'

const ANSWER_MS_MAX = 20_000
/** Says which connection a request came on; to the fourth nothing, to the fifth a bit now and then. */
const SERVER = `
  let connections = 0
  require('net').createServer((socket) => {
    const number = ++connections
    socket.on('error', () => {})
    socket.once('data', () => {
      if (number === 3) return socket.end('HTTP/1.1 503 Busy\\r\\n\\r\\n')
      if (number === 5) return socket.write('HTTP/1.1 200 OK\\r\\n\\r\\n'), setInterval(() => socket.write('.'), 50)
      if (number !== 4) socket.end('HTTP/1.1 200 OK\\r\\n\\r\\n' + number)
    })
  }).listen(8080, () => console.log('listens'))
`

test('[LAB31] a client on a machine asks on a connection each, and tells what came of it: a body, a refusal, nothing in time', async () => {
  const lab = new Lab()
  onTestFinished(() => lab.stop())
  const machine = lab.add()
  const words = [`--net=/run/netns/${machine.namespace}`, process.execPath, '-e', SERVER]
  const server = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void server.kill('SIGKILL'))
  await once(createInterface({ input: server.stdout }), 'line')
  const visitor = new Visitor(machine)
  onTestFinished(() => visitor.stop())
  const visit = (timeoutMs = stretched(ANSWER_MS_MAX), port = 8080): Promise<string> =>
    visitor.visit({ host: machine.address, port, timeoutMs })

  expect([await visit(), await visit()]).toEqual(['1', '2'])
  await expect(visit()).rejects.toThrow('status 503')
  // Neither whoever says nothing nor whoever trickles is waited for any longer, and those behind them do not wait at all.
  const late = [visit(3_000), visit(3_000)].map((one) => expect(one).rejects.toThrow('no answer within 3000 ms'))
  expect(await visit()).toBe('6')
  await Promise.all(late)
  await expect(visit(stretched(ANSWER_MS_MAX), 8081)).rejects.toThrow('ECONNREFUSED')

  const pending = expect(visitor.visit({ host: '10.87.0.200', port: 1, timeoutMs: 60_000 })).rejects.toThrow('ended')
  visitor.stop()
  await pending
  await expect.poll(() => existsSync(`/proc/${visitor.pid}`), { timeout: stretched(5_000) }).toBe(false)
})
