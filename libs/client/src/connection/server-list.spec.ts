import { ServerList } from './server-list';

const list = (servers: string[]) => new ServerList({ servers });

describe('ServerList', () => {
  it.each([
    ['broker', 'broker:8888'],
    ['broker:1', 'broker:1'],
    ['10.0.0.1:65535', '10.0.0.1:65535'],
    ['[::1]:9000', '[::1]:9000'],
    ['[::1]', '[::1]:8888'],
  ])('reads %s', (text, address) => {
    expect(list([text]).next().name).toBe(address);
  });

  it.each(['', ':1', 'a:', 'a:x', 'a:0', 'a:65536', '::1', '[::1'])('refuses %j', (text) => {
    expect(() => list([text])).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });

  it('goes round', () => {
    const servers = list(['a', 'b']);
    expect([servers.next(), servers.next(), servers.next()].map(({ name }) => name)).toEqual([
      'a:8888',
      'b:8888',
      'a:8888',
    ]);
  });
});
