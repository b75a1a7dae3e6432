/**
 * Runs all checks; the system tests where the machine has what they need. Returns the exit code.
 *
 * @param {object} setting
 * @param {(command: string) => boolean} setting.run runs a command, and tells whether it succeeded
 * @param {(text: string) => void} setting.say
 * @param {readonly { name: string, remedy: string }[]} setting.unmet what the machine lacks
 * @param {boolean} setting.required whether it is an error that the system tests cannot be run
 * @param {() => readonly string[]} setting.systemProjects the projects that have system tests
 */
export function check({ run, say, unmet, required, systemProjects }) {
  const lacks = unmet.map(({ name, remedy }) => `  - ${name}: ${remedy}`).join('\n');
  if (required && unmet.length > 0) {
    say(`The system tests are required, but cannot be run. Missing, and how to get it on Debian:\n${lacks}`);
    return 1;
  }

  if (!run('prettier --check .')) return 1;
  if (!run('nx run-many -t lint typecheck test build --output-style=static')) return 1;
  if (unmet.length === 0) return run('nx run-many -t test-system --output-style=static') ? 0 : 1;

  const projects = systemProjects().join(', ');
  say(
    `All that was run has passed. LEFT OUT: the system tests of ${projects}.\n` +
      `Missing, and how to get it on Debian:\n${lacks}\n` +
      'With SYSTEM_TESTS=required this is an error.',
  );
  return 0;
}
