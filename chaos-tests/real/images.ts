/**
 * Images for tests, made of this machine's own programs: no registry is asked.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ask } from './engine.ts'

export interface BusyboxOptions {
  /** What it is built for, true or not, as Docker names it (`arm64`). Default: this machine's. */
  readonly architecture?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly stopSignal?: string
}

/** Loads this machine's static busybox under each name (`busybox:1`), with all its applets linked. */
export async function makeBusyboxImage(
  socket: string,
  names: readonly string[],
  { architecture = ownArchitecture, environment = {}, stopSignal }: BusyboxOptions = {},
): Promise<void> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const config = {
    Cmd: ['/bin/sh'],
    Env: [SEARCH_PATH, ...variables],
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
  }
  await loadImage(socket, { names, architecture, fill: fillWithBusybox, config })
}

/** Loads this machine's Node under each name, with the libraries it is linked with and nothing else. */
export async function makeNodeImage(socket: string, names: readonly string[]): Promise<void> {
  await loadImage(socket, { names, fill: (root) => copyProgram(root, process.execPath, '/bin/node') })
}

/** Loads Debian's nginx under each name, set up as the official image is: port 80, logs to the output, SIGQUIT to end. */
export async function makeNginxImage(socket: string, names: readonly string[]): Promise<void> {
  const config = { Cmd: ['nginx', '-g', 'daemon off;'], StopSignal: 'SIGQUIT', ExposedPorts: { '80/tcp': {} } }
  await loadImage(socket, { names, fill: fillWithNginx, config })
}

/** Loads a busybox under each name that runs this script unless told otherwise. Deaf to SIGTERM, so it asks to be killed. */
export async function makeShellImage(
  socket: string,
  names: readonly string[],
  { script, path = '/entry', isEntrypoint = false }: ShellOptions,
): Promise<void> {
  const fill = (root: string): void => {
    fillWithBusybox(root)
    writeFileSync(join(root, path), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  const config = { [isEntrypoint ? 'Entrypoint' : 'Cmd']: [path], StopSignal: 'SIGKILL' }
  await loadImage(socket, { names, fill, config })
}

interface ShellOptions {
  readonly script: string
  readonly path?: string
  /** Whether it is run with what a manifest gives as `args`, and not in its place. */
  readonly isEntrypoint?: boolean
}

interface Image {
  readonly names: readonly string[]
  readonly architecture?: string
  readonly fill: (root: string) => void
  /** As Docker's image configuration has it, beside the search path. */
  readonly config?: Readonly<Record<string, unknown>>
}

const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch
const SEARCH_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

async function loadImage(
  socket: string,
  { names, architecture = ownArchitecture, fill, config = { Cmd: ['/bin/sh'] } }: Image,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-image-'))
  try {
    const root = join(directory, 'root')
    for (const each of ['bin', 'tmp', 'etc']) mkdirSync(join(root, each), { recursive: true })
    fill(root)
    const layer = tarOf(root)
    const image = join(directory, 'image')
    mkdirSync(image)
    writeFileSync(join(image, 'layer.tar'), layer)
    const description = {
      architecture,
      os: 'linux',
      config: { Env: [SEARCH_PATH], ...config },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    }
    writeFileSync(join(image, 'config.json'), JSON.stringify(description))
    const manifest = [{ Config: 'config.json', RepoTags: names.map(tagged), Layers: ['layer.tar'] }]
    writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest))
    const { status, body } = await ask(socket, 'POST', '/images/load', tarOf(image))
    if (status !== 200 || body.includes('"error"'))
      throw new Error(`cannot load ${names.join(', ')}: ${status} ${body}`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Docker loads names with a tag alone. */
function tagged(name: string): string {
  return /:[^/]*$/.test(name) ? name : `${name}:latest`
}

function fillWithBusybox(root: string): void {
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet))
}

const NGINX_CONFIG = `
user nginx;
worker_processes 1;
error_log /dev/stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`
const NGINX_SITE = `
server {
  listen 80;
  location / { root /usr/share/nginx/html; index index.html; }
}
`
const NGINX_PAGE =
  '<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body>Welcome to nginx!</body></html>'

function fillWithNginx(root: string): void {
  if (!existsSync('/usr/sbin/nginx')) throw new Error('this test needs nginx: apt-get install nginx-light')
  fillWithBusybox(root)
  copyProgram(root, '/usr/sbin/nginx', '/usr/sbin/nginx')
  for (const each of ['etc/nginx/conf.d', 'usr/share/nginx/html', 'root'])
    mkdirSync(join(root, each), { recursive: true })
  // Where it writes, whoever it runs as.
  for (const each of ['var/lib/nginx', 'var/log/nginx', 'run']) {
    mkdirSync(join(root, each), { recursive: true })
    chmodSync(join(root, each), 0o777)
  }
  copyFileSync('/etc/nginx/mime.types', join(root, 'etc/nginx/mime.types'))
  const files = {
    'etc/nginx/nginx.conf': NGINX_CONFIG,
    'etc/nginx/conf.d/default.conf': NGINX_SITE,
    'usr/share/nginx/html/index.html': `${NGINX_PAGE}\n`,
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/var/lib/nginx:/bin/false\n',
    'etc/group': 'root:x:0:\nnginx:x:101:\n',
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
}

/** A program of this machine, with the libraries it is linked with. */
function copyProgram(root: string, from: string, to: string): void {
  mkdirSync(join(root, dirname(to)), { recursive: true })
  copyFileSync(from, join(root, to))
  for (const [library] of execFileSync('ldd', [from], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
}

function tarOf(directory: string): Buffer {
  return execFileSync('tar', ['-C', directory, '-c', '.'], { maxBuffer: 512 * 1024 * 1024 })
}
