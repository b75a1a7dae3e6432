import type { Command, Option } from 'commander';
import { UsageError } from './failure';

/** Throws for an option of a verb that stands before it, which commander would call unknown. */
export function checkPlaces(program: Command, args: readonly string[]): void {
  let command = program;
  let path = program.name();
  for (const arg of args) {
    if (command.commands.length === 0) return;
    if (!arg.startsWith('-')) {
      const next = command.commands.find((one) => one.name() === arg);
      if (next === undefined) return;
      command = next;
      path += ` ${arg}`;
    } else if (!hasOption(command, arg) && verbsBelow(command).some((verb) => hasOption(verb, arg))) {
      const flag = flagOf(arg);
      throw new UsageError(
        `${flag} belongs to a verb: put it after the verb, as in ${path} <verb> … ${flag}`,
      );
    }
  }
}

function hasOption(command: Command, arg: string): boolean {
  const flag = flagOf(arg);
  const matches = ({ long, short }: Option) => long === flag || short === flag;
  return command.createHelp().visibleOptions(command).some(matches);
}

/** Without a value that is written into the same argument: `--port=1`, `-p1`. */
function flagOf(arg: string): string {
  return arg.startsWith('--') ? arg.split('=', 1)[0] : arg.slice(0, 2);
}

function verbsBelow(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...verbsBelow(one)]);
}
