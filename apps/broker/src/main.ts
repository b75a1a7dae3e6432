import 'reflect-metadata';
import { parseCommandLine, HELP } from './command-line';
import { StopSignals } from './stop-signals';

async function main(): Promise<number> {
  const signals = new StopSignals();
  const commandLine = parseCommandLine(process.argv.slice(2));
  if ('help' in commandLine) {
    process.stdout.write(HELP);
    return 0;
  }
  if ('mistake' in commandLine) return refuse(commandLine.mistake);
  // What is slow to load comes after what can end the process before it.
  const { runBroker } = await import('./run-broker');
  return runBroker(commandLine.flags, signals, refuse);
}

/** Says why the broker does not run, and with which exit code. */
function refuse(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
