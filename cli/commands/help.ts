/** `shoal help`: of all commands or of one. Our own, since commander's shows everything where it knows no such command. @module */
import type { Command } from 'commander'
import { examples } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { didYouMean } from '../guess.ts'

export function help(program: Command): void {
  const command = program
    .command('help')
    .summary('tell how a command is used')
    .argument('[command]', 'of this command; of all where none is named')
    .action((name: string | undefined) => {
      const shown = program.commands.filter((each) => !each.name().startsWith('_'))
      const found = shown.find((each) => each.name() === name || each.aliases().includes(name ?? ''))
      if (name !== undefined && found === undefined)
        throw new CommandFailure(
          `there is no command "${name}"${didYouMean(
            name,
            shown.map((each) => each.name()),
          )} (\`shoal help\` lists them)`,
        )
      ;(found ?? program).outputHelp()
    })
  examples(command, 'shoal help', 'shoal help apply')
}
