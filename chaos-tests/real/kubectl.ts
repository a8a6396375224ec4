/**
 * Real kubectls: Debian's 1.20, which `.ci/kubernetes-client` brings, and every newer one that is on this machine. They are no
 * part of this repository.
 *
 * @module
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ended, type Ended } from '../scenarios/shoal.ts'

export interface Kubectl {
  readonly program: string
  /** 20 for 1.20. */
  readonly minor: number
}

/** Where Google's SDK puts one of each release. */
const SDK = '/usr/lib/google-cloud-sdk/bin'

/** Oldest first. */
export function kubectls(): readonly Kubectl[] {
  const client = process.env['SHOAL_KUBERNETES_CLIENT'] ?? join(homedir(), '.cache/shoal/kubernetes-client')
  if (!existsSync(join(client, 'complete')))
    throw new Error(`this test runs Debian's kubectl, and there is none in ${client}: run .ci/kubernetes-client`)
  const others = existsSync(SDK) ? readdirSync(SDK) : []
  const newer = others.flatMap((file) => {
    const minor = /^kubectl\.1\.(\d+)$/.exec(file)?.[1]
    return minor === undefined ? [] : [{ program: join(SDK, file), minor: Number(minor) }]
  })
  return [{ program: join(client, 'kubectl'), minor: 20 }, ...newer].toSorted((one, other) => one.minor - other.minor)
}

export interface Asking {
  /** Of the configuration, and of what kubectl remembers. */
  readonly home: string
  readonly context?: string
  readonly input?: string
  /** What it opens files with. */
  readonly editor?: string
  /** Lines of a hosts file that this command alone sees. */
  readonly hosts?: readonly string[]
}

export function run(kubectl: Kubectl, words: readonly string[], asking: Asking): Promise<Ended> {
  const { input, hosts, home } = asking
  const [command, env] = [commandOf(kubectl, words, asking), environment(asking)]
  if (hosts === undefined) return ended(command, { env, ...(input === undefined ? {} : { input }) })
  const script = 'printf "%s\\n" "$0" >"$1" && mount --bind "$1" /etc/hosts && shift && exec "$@"'
  return ended(['unshare', '--mount', 'sh', '-c', script, hosts.join('\n'), join(home, 'hosts'), ...command], { env })
}

/** One that goes on until it is killed. */
export function begin(kubectl: Kubectl, words: readonly string[], asking: Asking): ChildProcessWithoutNullStreams {
  const [program, ...args] = commandOf(kubectl, words, asking)
  return spawn(program as string, args, { env: { ...process.env, ...environment(asking) } })
}

function commandOf({ program, minor }: Kubectl, words: readonly string[], { home, context }: Asking): string[] {
  const places = ['--kubeconfig', join(home, 'kubeconfig'), '--cache-dir', join(home, `cache-${minor}`)]
  return [program, ...places, ...(context === undefined ? [] : ['--context', context]), ...words]
}

const environment = ({ home, editor = 'false' }: Asking): Readonly<Record<string, string>> => ({
  HOME: home,
  KUBECONFIG: '',
  KUBE_EDITOR: editor,
})
