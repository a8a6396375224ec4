/**
 * The command line as a whole: its commands, the options all of them take, and how it ends.
 *
 * @module
 */
import { Command, CommanderError } from 'commander'
import { apply, collect } from './commands/apply.ts'
import { attach } from './commands/attach.ts'
import { cordon, uncordon } from './commands/cordon.ts'
import { autoscale } from './commands/autoscale.ts'
import { completion } from './commands/completion.ts'
import { cp } from './commands/cp.ts'
import { remove } from './commands/delete.ts'
import { describe } from './commands/describe.ts'
import { doctor } from './commands/doctor.ts'
import { down } from './commands/down.ts'
import { drain } from './commands/drain.ts'
import { events } from './commands/events.ts'
import { exec } from './commands/exec.ts'
import { explain } from './commands/explain.ts'
import { get } from './commands/get.ts'
import { help } from './commands/help.ts'
import { join } from './commands/join.ts'
import { kubeconfig } from './commands/kubeconfig.ts'
import { logs } from './commands/logs.ts'
import { peers } from './commands/peers.ts'
import { plan } from './commands/plan.ts'
import { portForward } from './commands/port-forward.ts'
import { rollout } from './commands/rollout.ts'
import { run } from './commands/run.ts'
import { scale } from './commands/scale.ts'
import { set } from './commands/set.ts'
import { token } from './commands/token.ts'
import { top } from './commands/top.ts'
import { up } from './commands/up.ts'
import { verify } from './commands/verify.ts'
import { version, versionText } from './commands/version.ts'
import type { Register } from './command.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { Session } from './session.ts'
import type { Output } from './session.ts'
import type { Environment } from './machine.ts'

/** In the order of the help: begin, use, look, mend. */
const COMMANDS: readonly Register[] = [
  up,
  join,
  down,
  token,
  kubeconfig,
  peers,
  apply,
  plan,
  get,
  describe,
  scale,
  autoscale,
  rollout,
  set,
  remove,
  run,
  cordon,
  drain,
  uncordon,
  logs,
  exec,
  attach,
  cp,
  portForward,
  top,
  explain,
  events,
  verify,
  doctor,
  version,
  completion,
  help,
]

const EXAMPLES = `Examples:
  shoal up                          start a node and a cluster on this machine
  shoal join /ip4/.../ticket/...    add this machine to a cluster
  shoal apply -f web.yaml           run what a manifest says, and wait for it
  shoal get pods                    see where it runs
  shoal explain web                 see why it runs there
`

/** What kubectl has and this command line has not. */
const KUBECTL_VERBS = ['annotate', 'auth', 'create', 'debug', 'diff', 'edit', 'expose', 'label', 'patch', 'replace', 'taint', 'wait'] // prettier-ignore

/** [CLI101] Whoever types what kubectl would do is told where kubectl does it. */
function kubectlHint(error: string): string {
  const [, verb = ''] = /unknown command '([^']*)'/.exec(error) ?? []
  const isWatch = /unknown option '(-w|--watch)'/.test(error)
  if (!isWatch && !KUBECTL_VERBS.includes(verb)) return ''
  return `kubectl does that, against any node: \`shoal kubeconfig --help\` says how.\n`
}

export interface Surroundings {
  readonly env: Environment
  readonly output: Output
}

export function makeProgram({ env, output }: Surroundings): Command {
  const program = new Command('shoal')
    .description('A container orchestrator with no master.')
    .version(versionText(), '-v, --version', 'show the version of this command line')
    .option('-n, --namespace <name>', 'namespace to work in (env SHOAL_NAMESPACE)')
    .option(
      '--node <address>',
      'ask this node and no other: HOST[:PORT], with your kubeconfig, or a socket; may be said again (env SHOAL_NODE)',
      collect,
    )
    .option('--context <name>', 'which nodes to ask: of `shoal`, or of the kubeconfig (env SHOAL_CONTEXT)')
    .option('--no-color', 'no colours (env NO_COLOR)')
    .addHelpText('before', EXAMPLES)
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void output.stdout.write(text),
      writeErr: (text) => void output.stderr.write(text),
      outputError: (text, write) => write(`${text}${kubectlHint(text)}`),
    })
    .configureHelp({ showGlobalOptions: true })
  for (const register of COMMANDS) register(program, (options) => new Session({ env, output, options }))
  return program
}

/** Runs one command line and gives its exit code. */
export async function runProgram(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stderr } = surroundings.output
  try {
    await makeProgram(surroundings).parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error
    if (error instanceof CommandFailure) {
      stderr.write(`error: ${error.message}\n`)
      return error.exitCode
    }
    stderr.write(`error: ${surroundings.env['SHOAL_DEBUG'] ? (error as Error).stack : (error as Error).message}\n`)
    return EXIT.error
  }
}
