import { ArgumentError, parseArguments, USAGE } from './arguments';

describe('parseArguments', () => {
  it('needs to know only who is there', () => {
    expect(parseArguments(['--user=alice'], {})).toEqual({
      user: 'alice',
      room: 'chat_room',
      host: 'localhost',
      port: 8888,
    });
  });

  it('takes every option', () => {
    expect(parseArguments(['--user', 'Zoë', '--room=garden', '--host=::1', '--port=9'], {})).toEqual({
      user: 'Zoë',
      room: 'garden',
      host: '::1',
      port: 9,
    });
  });

  it('takes host and port from the environment, unless they are said or empty there', () => {
    const environment = { POCHTA_HOST: 'example.org', POCHTA_PORT: '9001' };
    expect(parseArguments(['--user=alice'], environment)).toMatchObject({ host: 'example.org', port: 9001 });
    expect(parseArguments(['--user=alice', '--host=::1', '--port=9'], environment)).toMatchObject({
      host: '::1',
      port: 9,
    });
    const empty = { POCHTA_HOST: '', POCHTA_PORT: '' };
    expect(parseArguments(['--user=alice'], empty)).toMatchObject({ host: 'localhost', port: 8888 });
    expect(() => parseArguments(['--user=alice'], { POCHTA_PORT: 'x' })).toThrow('POCHTA_PORT must be a');
  });

  it('gives help, which names every option', () => {
    expect(parseArguments(['--help'], {})).toBe('help');
    for (const name of ['user', 'room', 'host', 'port']) expect(USAGE).toContain(`--${name}=`);
  });

  it.each([
    [[], 'Who are you? --user=<name>'],
    [['--user= '], 'Who are you? --user=<name>'],
    [['--user=a\x1b[2J'], '--user must not hold control characters'],
    [['--user=alice', '--port=x'], '--port must be a whole number from 1 to 65535, not "x"'],
    [['--user=alice', '--loud'], "Unknown option '--loud'"],
    [['alice'], "Unexpected argument 'alice'"],
  ])('refuses %j and says why', (argv, text) => {
    expect(() => parseArguments(argv, {})).toThrow(ArgumentError);
    expect(() => parseArguments(argv, {})).toThrow(text);
  });
});
