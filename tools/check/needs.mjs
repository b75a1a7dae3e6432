import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a system test may need of the machine, and how to get it; the remedies are Debian's. */
export const NEEDS = {
  linux: { name: 'Linux', remedy: 'run the checks in a virtual machine or a privileged container' },
  gcc: { name: 'gcc and the headers of the C library', remedy: 'apt-get install gcc libc6-dev' },
  python: { name: 'python3', remedy: 'apt-get install python3' },
  registry: {
    name: 'a registry of npm packages',
    remedy: "connect to the network; npm config set registry <url> names another registry than npm's own",
  },
  mount: {
    name: 'the right to mount file systems',
    remedy: 'run the checks as root; a container has to be started with --privileged',
  },
};

/** Those of the needs that this machine does not meet. */
export function unmetNeeds(platform = process.platform, env = process.env) {
  if (platform !== 'linux') return [NEEDS.linux];
  /** @type {(command: string, ...args: string[]) => boolean} */
  const works = (command, ...args) => spawnSync(command, args, { env, input: '' }).status === 0;
  const unmet = [];
  if (!works('gcc', '-fsyntax-only', '-include', 'dlfcn.h', '-x', 'c', '-')) unmet.push(NEEDS.gcc);
  if (!works('python3', '--version')) unmet.push(NEEDS.python);
  // Not `npm ping`, which mirrors need not answer.
  if (!works('npm', 'view', 'reflect-metadata', 'version', '--fetch-retries=0')) unmet.push(NEEDS.registry);
  if (!canMount(works)) unmet.push(NEEDS.mount);
  return unmet;
}

/** @param {(command: string, ...args: string[]) => boolean} works */
function canMount(works) {
  const folder = mkdtempSync(join(tmpdir(), 'pochta-check-'));
  const mounted = works('mount', '-t', 'tmpfs', 'pochta-check', folder);
  if (mounted) works('umount', '--lazy', folder);
  rmdirSync(folder);
  return mounted;
}
