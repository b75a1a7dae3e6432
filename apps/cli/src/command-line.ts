import { Command } from 'commander';
import { version } from '../package.json';
import { report, sayFailure } from './failure';
import { hearSignals } from './interruption';
import { checkPlaces } from './misplaced-option';
import { asyncApiCommand } from './verbs/asyncapi';
import { getCommand } from './verbs/get';
import { pubCommand } from './verbs/pub';
import { requestCommand } from './verbs/request';
import { serveCommand } from './verbs/serve';
import { subCommand } from './verbs/sub';
import { topicCommand } from './verbs/topic';

const AFTER_HELP = `
Every verb explains itself: pochta <verb> --help. Exit codes: 0 done, 1 refused or failed, 2 misused,
3 nothing to get, 130 interrupted.`;

/** Runs what the arguments say; sets the exit code of the process. Never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  hearSignals();
  forgetEmptyVariables();
  try {
    const program = createProgram();
    checkPlaces(program, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function createProgram(): Command {
  const program = new Command('pochta')
    .description('The Pochta message broker, and what one does with it.')
    .version(version)
    .addHelpText('after', AFTER_HELP);
  for (const verb of [
    serveCommand(),
    pubCommand(),
    subCommand(),
    getCommand(),
    requestCommand(),
    topicCommand(),
    asyncApiCommand(),
  ]) {
    program.addCommand(verb);
  }
  settle(program);
  return program;
}

/** Errors on one line, and an exit code of our own, for a command and those below it. */
function settle(command: Command): void {
  command.exitOverride().configureOutput({ outputError });
  command.commands.forEach(settle);
}

/** Commander's errors begin with `error: `, and a suggestion follows in a line of its own. */
function outputError(text: string): void {
  sayFailure('USAGE', text.trim().replace(/^error: /, ''));
}

/** An empty variable counts as one that is not there, as with the broker. */
function forgetEmptyVariables(): void {
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith('POCHTA_') && value === '') delete process.env[name];
  }
}
