/**
 * Whether a node is ready, as readers see it.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { nodeStatusAndSpec } from './node.ts'
import { aNodeFact } from './sample.ts'

const NO_SOCKET = { docker: 'no socket' }

test.each([
  {
    runtimes: ['docker', 'process'],
    status: 'True',
    reason: 'RuntimeReady',
    message: 'runs pods with docker, process',
  },
  { runtimes: ['process'], runtimeTrouble: NO_SOCKET, status: 'True', reason: 'RuntimeReady' },
  {
    runtimes: ['process'],
    runtimeTrouble: NO_SOCKET,
    lostRuntimes: ['docker'],
    status: 'False',
    reason: 'RuntimeLost',
    message: 'docker: no socket',
  },
  { runtimes: [], runtimeTrouble: NO_SOCKET, status: 'False', reason: 'NoRuntime', message: 'docker: no socket' },
])('[NODE4] with $runtimes and without $lostRuntimes: $reason', ({ status, reason, message, ...said }) => {
  const fact = { ...aNodeFact(), ...said }
  const { conditions } = nodeStatusAndSpec({ name: 'n1', fact, verdict: 'alive', sinceMs: 1, heardMs: 1 }).status
  expect(conditions?.[0]).toMatchObject({ status, reason, ...(message === undefined ? {} : { message }) })
})
