import { execFile } from 'node:child_process';

/** ms that a command may take; only a hanging one does. */
const DEADLINE = 180_000;
/** Of npm's, what configures it stays: the registry and the proxy may be named there. */
const NOT_A_USERS = /^(npm_(?!config_)|npm_config_local_prefix$|NX_|JEST_|NODE_ENV$|FORCE_COLOR$)/;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Runs a program to its end. Gives what it printed; rejects with all that it said when it fails. */
export function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  // What Jest, Nx and npm set for this process is not what a user has.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_A_USERS.test(name)));
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env, timeout: DEADLINE, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        reject(
          new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`, { cause: error }),
        );
      },
    );
  });
}
