import { ArgumentError, parseArguments, USAGE } from './arguments';

describe('parseArguments', () => {
  it('needs to know only who is there', () => {
    expect(parseArguments(['--user=alice'])).toEqual({
      user: 'alice',
      room: 'chat_room',
      host: 'localhost',
      port: 8888,
    });
  });

  it('takes every option', () => {
    expect(parseArguments(['--user', 'Zoë', '--room=garden', '--host=::1', '--port=9'])).toEqual({
      user: 'Zoë',
      room: 'garden',
      host: '::1',
      port: 9,
    });
  });

  it('gives help, which names every option', () => {
    expect(parseArguments(['--help'])).toBe('help');
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
    expect(() => parseArguments(argv)).toThrow(ArgumentError);
    expect(() => parseArguments(argv)).toThrow(text);
  });
});
