import { expect, test } from 'vitest'
import { parseOptions, toRemember } from './options.ts'
import type { Given, NodeOptions, Sources } from './options.ts'

const machine = { hostname: 'Amber.Home', isRoot: false, homeDir: '/home/ada' }

function given(parts: Partial<Given> = {}): Given {
  return { flags: {}, env: {}, file: {}, fileName: '/etc/shoal/config.yaml', machine, ...parts }
}

function options(parts: Partial<Given> = {}): NodeOptions {
  const parsed = parseOptions(given(parts))
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
  return parsed.options
}

test('[OPT1] nothing said gives a node that works, named after its machine', () => {
  expect(options()).toEqual({
    name: 'amber-home',
    dataDir: '/home/ada/.local/state/shoal',
    listen: { host: '0.0.0.0', port: 7420 },
    api: undefined,
    apiSocket: '/home/ada/.local/state/shoal/shoal.sock',
    apiTls: { host: '0.0.0.0', port: 6443, isOptional: true },
    apiNames: [],
    hostAddress: undefined,
    labels: {},
    hostPaths: [],
    calmMs: 60_000,
    runtime: 'auto',
    dockerHost: undefined,
    logLevel: 'info',
    begin: { how: 'create', clusterName: 'home' },
  })
  expect(options({ machine: { ...machine, isRoot: true } })).toMatchObject({
    dataDir: '/var/lib/shoal',
    apiSocket: '/run/shoal/shoal.sock',
  })
  expect(options({ machine: { ...machine, runtimeDir: '/run/user/7' } }).apiSocket).toBe('/run/user/7/shoal.sock')
  expect(options({ ticket: '/ip4/1.2.3.4/tcp/1/p2p/x/ticket/y' }).begin).toEqual({
    how: 'join',
    ticket: '/ip4/1.2.3.4/tcp/1/p2p/x/ticket/y',
  })
})

test('[OPT2] a flag goes before the environment, that before the file, that before the default', () => {
  const file = { name: 'from-file', runtime: 'process', label: { zone: 'attic' } }
  const env = { SHOAL_NAME: 'from-env', SHOAL_RUNTIME: '' }
  expect(options({ file, env, flags: { name: 'from-flag' } }).name).toBe('from-flag')
  expect(options({ file, env })).toMatchObject({ name: 'from-env', runtime: 'process', labels: { zone: 'attic' } })
})

test('[OPT5] what was said at an earlier start counts after the file, and what is said now is kept with it', () => {
  const remembered = { name: 'amber', listen: '127.0.0.1:1', label: ['zone=attic'] }
  expect(options({ remembered })).toMatchObject({
    name: 'amber',
    listen: { host: '127.0.0.1', port: 1 },
    labels: { zone: 'attic' },
  })
  expect(options({ remembered, file: { name: 'from-file' } }).name).toBe('from-file')
  const flags = { name: 'basil', dataDir: '/elsewhere', logLevel: 'debug', cluster: 'home' }
  expect(toRemember({ flags, env: { SHOAL_RUNTIME: 'process', SHOAL_LISTEN: '' }, remembered })).toEqual({
    name: 'basil',
    listen: '127.0.0.1:1',
    label: ['zone=attic'],
    runtime: 'process',
  })
  const parsed = parseOptions(given({ remembered: { name: 'Foo_' } }))
  expect(parsed).toMatchObject({
    errors: [expect.stringMatching(/^--name, as this node was started before, "Foo_": must/)],
  })
})

test('[OPT3] every mistake is told, each with where it was said and what to do', () => {
  const parsed = parseOptions(
    given({
      flags: { name: 'Foo_', api: '0.0.0.0:1' },
      env: { SHOAL_RUNTIME: 'dokcer' },
      file: { listen: 'x', nmae: 'y' },
    }),
  )
  expect(parsed).toEqual({
    ok: false,
    errors: [
      expect.stringContaining('nmae in /etc/shoal/config.yaml: there is no such option, there are name, dataDir'),
      '--name "Foo_": must be a DNS-1123 label: lower case letters, digits and dashes, at most 63',
      'listen in /etc/shoal/config.yaml "x": must be HOST:PORT, as 0.0.0.0:7420 or [::]:7420, with a port up to 65535',
      '--api "0.0.0.0:1": must be on loopback (127.0.0.1), where nobody is asked for a password: other machines come by --api-tls',
      'SHOAL_RUNTIME "dokcer": must be one of auto, docker, process',
    ],
  })
})

test.each<[Sources, Partial<NodeOptions>]>([
  [{ api: 'none' }, { api: undefined }],
  [{ api: '0' }, { api: { host: '127.0.0.1', port: 0 } }],
  [{ apiTls: 'off' }, { apiTls: undefined }],
  [{ apiTls: '10.0.0.5:6443' }, { apiTls: { host: '10.0.0.5', port: 6443, isOptional: false } }],
  [{ apiTls: '0' }, { apiTls: { host: '0.0.0.0', port: 0, isOptional: false } }],
  [
    { apiName: ['kube.example.org', '203.0.113.7,fe80::1'] },
    { apiNames: ['kube.example.org', '203.0.113.7', 'fe80::1'] },
  ],
  [{ listen: ':0' }, { listen: { host: '0.0.0.0', port: 0 } }],
  [{ listen: '[::]:7420' }, { listen: { host: '::', port: 7420 } }],
  [{ hostPath: ['/srv', '/var/log,/data'] }, { hostPaths: ['/srv', '/var/log', '/data'] }],
  [
    { label: ['zone=attic', 'shoal.dev/disk=ssd', 'gpu='] },
    { labels: { zone: 'attic', 'shoal.dev/disk': 'ssd', gpu: '' } },
  ],
  [{ dockerHost: '/run/docker.sock' }, { dockerHost: 'unix:///run/docker.sock' }],
  [{ rebalance: '5m' }, { calmMs: 300_000 }],
  [{ rebalance: 'off' }, { calmMs: undefined }],
  [{ hostAddress: 'fe80::1' }, { hostAddress: 'fe80::1' }],
])('[OPT4] %j is understood', (flags, wanted) => {
  expect(options({ flags })).toMatchObject(wanted)
})

test.each<[Sources, string]>([
  [{ dataDir: 'here' }, 'must be an absolute path'],
  [{ apiSocket: `/${'x'.repeat(107)}` }, 'has 108 characters, a unix socket may have 107: choose a shorter path'],
  [{ listen: '1.2.3.4:99999' }, 'with a port up to 65535'],
  [{ apiTls: 'on' }, 'must be HOST:PORT, as 0.0.0.0:6443 or 10.0.0.5:6443, or auto, or off'],
  [{ apiName: ['kube', 'a b'] }, '"a b" is neither a DNS name nor an IP address'],
  [{ apiName: ['x'.repeat(64)] }, 'is neither a DNS name nor an IP address'],
  [{ apiName: ['a,'.repeat(33)] }, 'has 33 names, at most 32 are taken'],
  [{ hostAddress: '1.2.3.400' }, 'must be an IP address'],
  [{ hostPath: ['/srv', 'data'] }, 'must be an absolute path'],
  [{ rebalance: 'never' }, 'must be a time from 1s to 24h, as 60s or 5m, or off'],
  [{ rebalance: '0s' }, 'must be a time from 1s'],
  [{ rebalance: '25h' }, 'must be a time from 1s'],
  [{ label: ['gpu'] }, '"gpu" is no label: write KEY=VALUE, as zone=attic'],
  [{ label: ['a=b=c'] }, '"a=b=c" is no label: write KEY=VALUE, as zone=attic'],
  [{ dockerHost: 'docker' }, 'must be a URL'],
  [{ logLevel: 'loud' }, 'must be one of debug, info, warn, error'],
])('[OPT4] %j is refused', (flags, why) => {
  expect(parseOptions(given({ flags }))).toEqual({ ok: false, errors: [expect.stringContaining(why)] })
})
