import type { PochtaConnectionOptions } from './connection-options';
import { createConnection } from './shared-connection';

const mistake = (options: unknown): string => {
  try {
    createConnection(options as PochtaConnectionOptions);
    return 'none';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(code).toBe('INVALID_CONFIG');
    return message;
  }
};

describe('the options of a connection', () => {
  it('are fine when they are, and when there are none', () => {
    const codec = { contentType: 'a/b', encode: () => new Uint8Array(), decode: () => 1 };
    const fine = [
      {},
      { host: 'broker', port: 1, name: 'audit', servers: ['a:1', 'b'] },
      { reconnect: false },
      { compression: 'deflate' },
      { reconnect: { initialDelay: 1, maxDelay: 2, jitter: 0, maxAttempts: Infinity } },
      { codecs: { 'ticks.*': codec }, names: { region: 'eu' }, drainTimeout: 0 },
      { embedded: { dataDir: '/data', port: 0 }, requestTimeout: undefined },
    ];
    expect(fine.map(mistake)).toEqual(fine.map(() => 'none'));
    expect(createConnection()).toMatchObject({ name: 'default', status: 'idle' });
  });

  it('are refused with every mistake, and what was probably meant', () => {
    const text = mistake({ prot: 1, port: '8888', servers: [1], requestTimeout: 0, reconnect: { jiter: 1 } });
    expect(text).toContain('prot: is not a setting; did you mean port?');
    expect(text).toContain('port: must be an integer number, not the text "8888"');
    expect(text).toContain('servers: [1] each value in servers must be a string');
    expect(text).toContain('requestTimeout: 0 must not be less than 1');
    expect(text).toContain('reconnect.jiter: is not a setting; did you mean jitter?');
  });

  it.each([
    [{ port: 65_536 }, 'port'],
    [{ host: '' }, 'host'],
    [{ name: 'a\nb' }, 'name'],
    [{ reconnect: true }, 'reconnect'],
    [{ reconnect: { jitter: 2 } }, 'reconnect.jitter'],
    [{ connectTimeout: 2 ** 31 }, 'connectTimeout'],
    [{ linger: 10_001 }, 'linger'],
    [{ codec: 'xml' }, 'codec'],
    [{ compression: 'gzip' }, 'compression'],
    [{ codecs: [] }, 'codecs'],
    [{ codecs: { orders: {} } }, 'codecs'],
    [{ names: { region: 1 } }, 'names'],
    [{ drainTimeout: -1 }, 'drainTimeout'],
    [{ embedded: true }, 'embedded'],
    [{ embedded: { dir: '/data' } }, 'embedded.dir'],
    [{ socket: 'a' }, 'socket'],
    [{ waitForFirstConnection: true }, 'waitForFirstConnection'],
    ['localhost', 'localhost'],
  ])('are refused: %j', (options, named) => {
    expect(mistake(options)).toContain(named);
  });
});
