import { ArgumentError, parseArguments, USAGE } from './arguments';

describe('parseArguments', () => {
  it('reads test_topic on the default port when nothing is said', () => {
    expect(parseArguments([], {})).toEqual({
      topic: 'test_topic',
      group: undefined,
      get: false,
      host: 'localhost',
      port: 8888,
    });
  });

  it('takes every option', () => {
    expect(
      parseArguments(['--topic=stock_prices', '--get', '--host', '10.0.0.1', '--port=9000'], {}),
    ).toEqual({
      topic: 'stock_prices',
      group: undefined,
      get: true,
      host: '10.0.0.1',
      port: 9000,
    });
  });

  it('takes a group to be a member of', () => {
    expect(parseArguments(['--group=workers'], {})).toMatchObject({ group: 'workers', get: false });
  });

  it('takes host and port from the environment, unless they are said or empty there', () => {
    const environment = { POCHTA_HOST: 'example.org', POCHTA_PORT: '9001' };
    expect(parseArguments([], environment)).toMatchObject({ host: 'example.org', port: 9001 });
    expect(parseArguments(['--host=::1', '--port=9'], environment)).toMatchObject({ host: '::1', port: 9 });
    const empty = { POCHTA_HOST: '', POCHTA_PORT: '' };
    expect(parseArguments([], empty)).toMatchObject({ host: 'localhost', port: 8888 });
    expect(() => parseArguments([], { POCHTA_PORT: 'x' })).toThrow('POCHTA_PORT must be a');
  });

  it('gives help, which names every option', () => {
    expect(parseArguments(['--help'], {})).toBe('help');
    for (const name of ['topic', 'group', 'get', 'host', 'port']) expect(USAGE).toContain(`--${name}`);
  });

  it.each([
    [['--port=http'], '--port must be a whole number from 1 to 65535, not "http"'],
    [['--port=70000'], '--port must be a whole number from 1 to 65535, not "70000"'],
    [['--get=2'], "Option '--get' does not take an argument"],
    [['--get', '--group=workers'], '--get takes a message without --group'],
    [['--group'], "Option '--group <value>' argument missing"],
    [['--follow'], "Unknown option '--follow'"],
    [['test_topic'], "Unexpected argument 'test_topic'"],
  ])('refuses %j and says why', (argv, text) => {
    expect(() => parseArguments(argv, {})).toThrow(ArgumentError);
    expect(() => parseArguments(argv, {})).toThrow(text);
  });
});
