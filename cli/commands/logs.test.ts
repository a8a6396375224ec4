import { afterEach, expect, test } from 'vitest'
import { runIn, type Ran } from '../testing/run-in.ts'
import { KINDS, SimNode } from '../testing/sim-node.ts'

const nodes: SimNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  process.exitCode = undefined
})

const LINES = ['web-1 one', 'web-2 two', 'web-1 three'].map((said) => {
  const [pod, line] = said.split(' ')
  return JSON.stringify({ pod, node: 'amber', container: 'web', line })
})

async function logs(env: Record<string, string>, ...words: string[]): Promise<Ran> {
  const node = await SimNode.start({ ...KINDS, 'GET /shoal/v1/logs': { text: LINES.join('\n') } })
  nodes.push(node)
  return runIn({ SHOAL_NODE: node.address, ...env }, ['logs', 'web', ...words])
}

test('[CLI106] in the logs of all replicas each pod keeps a colour of its own, and what it said has none', async () => {
  expect(await logs({ FORCE_COLOR: '1' })).toMatchObject({
    code: 0,
    out: '\u001b[36mweb-1\u001b[0m one\n\u001b[35mweb-2\u001b[0m two\n\u001b[36mweb-1\u001b[0m three\n',
  })
  expect((await logs({ FORCE_COLOR: '1' }, '--no-prefix')).out).toBe('one\ntwo\nthree\n')
})

test.each<[string, Record<string, string>, string[]]>([
  ['no terminal', {}, []],
  ['NO_COLOR', { NO_COLOR: '1' }, []],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, []],
  ['--no-color', { FORCE_COLOR: '1' }, ['--no-color']],
])('[CLI106] with %s the logs have no escape code', async (_, env, words) => {
  expect((await logs(env, ...words)).out).toBe('web-1 one\nweb-2 two\nweb-1 three\n')
})
