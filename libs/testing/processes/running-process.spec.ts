import { RunningProcess } from '.';

it('a program under test sees no settings of the person who runs the tests', async () => {
  process.env.POCHTA_PORT = '1';
  try {
    const print = 'const { POCHTA_PORT, NODE_ENV } = process.env; console.log(POCHTA_PORT, NODE_ENV)';
    const program = new RunningProcess(process.execPath, ['-e', print], { env: { NODE_ENV: 'test' } });
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout.text).toBe('undefined test\n');
  } finally {
    delete process.env.POCHTA_PORT;
  }
});
