import { ArgumentError, parseArguments, USAGE } from './arguments';

describe('parseArguments', () => {
  it('greets test_topic on the default port when nothing is said', () => {
    expect(parseArguments([], {})).toEqual({
      feed: 'hello',
      topic: undefined,
      rate: undefined,
      count: Infinity,
      host: 'localhost',
      port: 8888,
    });
  });

  it('takes every option', () => {
    const argv = ['--feed=stocks', '--topic=t', '--rate=2.5', '--count=10', '--host=::1', '--port', '9'];
    expect(parseArguments(argv, {})).toEqual({
      feed: 'stocks',
      topic: 't',
      rate: 2.5,
      count: 10,
      host: '::1',
      port: 9,
    });
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
    for (const name of ['feed', 'topic', 'rate', 'count', 'host', 'port'])
      expect(USAGE).toContain(`--${name}=`);
  });

  it.each([
    [['--feed=weather'], '--feed must be hello or stocks, not "weather"'],
    [['--port=http'], '--port must be a number from 1 to 65535, not "http"'],
    [['--port=0'], '--port must be a number from 1 to 65535, not "0"'],
    [['--port='], '--port must be a number from 1 to 65535, not ""'],
    [['--rate=0'], '--rate must be a number from 0.001 to 1000000, not "0"'],
    [['--count=1.5'], '--count must be a whole number, not "1.5"'],
    [['--colour=red'], "Unknown option '--colour'"],
    [['stocks'], "Unexpected argument 'stocks'"],
  ])('refuses %j and says why', (argv, text) => {
    expect(() => parseArguments(argv, {})).toThrow(ArgumentError);
    expect(() => parseArguments(argv, {})).toThrow(text);
  });
});
