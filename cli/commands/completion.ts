/**
 * `shoal completion`: scripts for shells. They ask `shoal __complete`, which knows the commands, and the names of objects
 * from a node if one answers at once.
 *
 * @module
 */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { didYouMean } from '../guess.ts'
import { Kinds, pathOf } from '../kinds.ts'
import type { ObjectList } from '../objects.ts'
import type { Session } from '../session.ts'

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_shoal() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(shoal __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _shoal shoal
`,
  zsh: `#compdef shoal
_shoal() {
  local -a found
  found=(\${(f)"$(shoal __complete -- "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)"})
  compadd -a found
}
compdef _shoal shoal
`,
  fish: `complete -c shoal -f -a '(shoal __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

export function completion(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('completion')
    .summary('print a script that completes commands')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => {
      const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
      if (script === undefined)
        throw new CommandFailure(
          `"${shell}" is no shell that is known (bash, zsh, fish)${didYouMean(shell, Object.keys(SCRIPTS))}`,
        )
      sessionOf({}).print(script)
    })
  examples(command, 'source <(shoal completion bash)', 'shoal completion fish > ~/.config/fish/completions/shoal.fish')
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const session = sessionOf({})
      const found = await candidates(program, session, words)
      session.print(found.map((each) => `${each}\n`).join(''))
    })
}

/** Commands whose arguments are objects. */
const OF_OBJECTS = new Set(['get', 'describe', 'delete'])
const OF_DEPLOYMENTS = new Set(['scale', 'logs', 'explain', 'why'])

async function candidates(program: Command, session: Session, words: readonly string[]): Promise<readonly string[]> {
  const [first, ...rest] = words
  const last = words.at(-1) ?? ''
  if (rest.length === 0)
    return program.commands
      .map((each) => each.name())
      .filter((name) => !name.startsWith('_') && name.startsWith(first ?? ''))
  const command = program.commands.find((each) => each.name() === first || each.aliases().includes(first as string))
  if (last.startsWith('-'))
    return [...(command?.options ?? []), ...program.options].flatMap(({ long }) =>
      long?.startsWith(last) ? [long] : [],
    )
  try {
    return (await objectNames(session, first as string, rest)).filter((name) => name.startsWith(last))
  } catch {
    // No node answers: there is nothing to offer, and nobody to tell.
    return []
  }
}

async function objectNames(session: Session, command: string, words: readonly string[]): Promise<readonly string[]> {
  const client = await session.client()
  const kinds = await Kinds.of(client)
  const names = async (word: string): Promise<readonly string[]> => {
    const list = await client.get<ObjectList>(pathOf(kinds.named(word), session.namespace))
    return list.items.map(({ metadata }) => metadata.name)
  }
  if (OF_DEPLOYMENTS.has(command)) return names('deployments')
  if (!OF_OBJECTS.has(command)) return []
  return words.length === 1 ? kinds.all.map(({ plural }) => plural) : names(words[0] as string)
}
