import { userEnvironment } from '@pochta/testing/processes';
import { execFile } from 'node:child_process';

/** ms that a command may take; only a hanging one does. */
const DEADLINE = 180_000;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs a program to its end. Gives what it printed; rejects with all that it said when it fails. */
export function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env: userEnvironment(), timeout: DEADLINE, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        reject(
          new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`, { cause: error }),
        );
      },
    );
  });
}
