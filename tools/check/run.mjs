// `npm test`. With SYSTEM_TESTS=required it fails where the system tests cannot be run. (Names that begin with POCHTA_
// are the broker's: it refuses to start with one that it does not know.)
import { execSync } from 'node:child_process';
import { check } from './check.mjs';
import { unmetNeeds } from './needs.mjs';

process.exitCode = check({
  run(command) {
    try {
      execSync(command, { stdio: 'inherit' });
      return true;
    } catch {
      return false;
    }
  },
  say: (text) => console.log(`\n${text}`),
  unmet: unmetNeeds(),
  required: process.env.SYSTEM_TESTS === 'required',
  systemProjects() {
    return JSON.parse(execSync('nx show projects --with-target test-system --json', { encoding: 'utf8' }));
  },
});
