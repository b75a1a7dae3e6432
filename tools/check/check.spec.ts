import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './check.mjs';
import { NEEDS, unmetNeeds } from './needs.mjs';

/** Runs the checks with commands that only pretend; one that contains `failing` fails. */
function checkWith({ unmet = [NEEDS.gcc], required = false, failing = 'nothing' }) {
  const commands: string[] = [];
  const said: string[] = [];
  const code = check({
    run: (command) => {
      commands.push(command);
      return !command.includes(failing);
    },
    say: (text) => said.push(text),
    unmet,
    required,
    systemProjects: () => ['one', 'two'],
  });
  return { code, commands, said: said.join('\n') };
}

describe('the checks', () => {
  it('end with the system tests, where nothing is missing', () => {
    const { code, commands, said } = checkWith({ unmet: [], required: true });
    expect([code, said]).toEqual([0, '']);
    expect(commands).toEqual([
      expect.stringContaining('prettier'),
      expect.stringContaining('lint typecheck test build'),
      expect.stringContaining('test-system'),
    ]);
  });

  it('name the projects whose system tests are left out, and what is missing', () => {
    const { code, commands, said } = checkWith({ unmet: [NEEDS.gcc, NEEDS.python] });
    expect(code).toBe(0);
    expect(commands.at(-1)).toContain('lint typecheck test build');
    for (const part of ['LEFT OUT', 'one, two', 'install gcc', 'python3']) expect(said).toContain(part);
  });

  it('fail at once where system tests are required, and something is missing', () => {
    const { code, commands, said } = checkWith({ required: true });
    expect([code, commands]).toEqual([1, []]);
    expect(said).toContain('install gcc');
  });

  it.each(['prettier', 'lint'])('fail with %s, and go no further', (failing) => {
    const { code, commands, said } = checkWith({ failing });
    expect([code, said]).toEqual([1, '']);
    expect(commands.at(-1)).toContain(failing);
  });

  it('fail with the system tests', () => {
    expect(checkWith({ unmet: [], failing: 'test-system' }).code).toBe(1);
  });
});

describe('what a machine lacks', () => {
  it('is Linux, on another system', () => {
    expect(unmetNeeds('darwin')).toEqual([NEEDS.linux]);
  });

  it('is all the rest, where no program is found', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pochta-'));
    expect(unmetNeeds('linux', { PATH: folder })).toEqual([
      NEEDS.gcc,
      NEEDS.python,
      NEEDS.registry,
      NEEDS.mount,
    ]);
    rmSync(folder, { recursive: true });
  });
});
