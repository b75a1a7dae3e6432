import { removeAllAtOnce } from './broker/child-broker';
import { HELP, parseOptions } from './options';
import { run } from './run';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options !== 'help') return run(options, process.stdout);
  process.stdout.write(HELP);
  return 0;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

for (const [signal, code] of Object.entries(SIGNALS)) {
  process.once(signal, () => {
    removeAllAtOnce();
    process.exit(code);
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    removeAllAtOnce();
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
