import { BuiltBroker, startApp } from '@pochta/testing/processes';
import { connectClient, connectPeer } from './kit/clients';
import { PseudoTerminal, startChat } from './kit/pseudo-terminal';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CURSOR_MOVEMENT = new RegExp(`${'\x1b'}\\[\\d*[ACGJ]`, 'g');

async function joined(port: number, user: string, ...args: string[]): Promise<PseudoTerminal> {
  const chat = startChat(port, user, ...args);
  await chat.untilLine(new RegExp(`^${user}>$`));
  return chat;
}

/** How often a text is on the screen. */
const count = (chat: PseudoTerminal, text: string) => chat.rows.filter((row) => row.includes(text)).length;

describe('two chats in two terminals', () => {
  it('talk to each other, while the line being typed stays intact', async () => {
    const { port } = await BuiltBroker.start();
    const [alice, bob] = [await joined(port, 'alice'), await joined(port, 'bob')];

    bob.type('I am just writ');
    await bob.untilLine(/^bob> I am just writ$/);
    await alice.enter('Hello Bob!');
    await bob.untilRow(/^\d\d:\d\d alice: Hello Bob!$/);
    await bob.untilLine(/^bob> I am just writ$/);
    bob.type('ing\r');
    await alice.untilRow(/^\d\d:\d\d bob: I am just writing$/);

    // One's own is where one typed it, and nowhere else.
    expect(count(bob, 'I am just writing')).toBe(1);
    expect(count(alice, 'Hello Bob!')).toBe(1);
  });

  it('keep a typed line of several rows, with the cursor in the middle of it', async () => {
    const { port } = await BuiltBroker.start();
    const [alice, bob] = [await joined(port, 'alice'), await joined(port, 'bob')];
    const long = 'abcdefghij'.repeat(15);

    bob.type(long);
    await bob.untilLine(/j$/);
    bob.type('\x1b[D'.repeat(100) + '*');
    await bob.untilRow(/\*/);
    await alice.enter('a first line');
    await alice.enter('a second line');
    await bob.untilRow(/alice: a second line$/);
    bob.type('\r');

    const changed = `${long.slice(0, 50)}*${long.slice(50)}`;
    const reader = await connectPeer(port);
    await alice.untilRows(`bob: ${changed}`);
    await reader.ask({ action: 'subscribe', topic: 'chat_room' });
    expect((await reader.take(3))[2]).toMatchObject({ message: { user: 'bob', text: changed } });
    expect(bob.rows.join('')).toContain(`bob> ${changed}`);
    expect(bob.rows.join('\n').split('bob> a')).toHaveLength(2);
  });

  it('outlive a restart of the broker: nothing typed meanwhile is lost or repeated', async () => {
    const broker = await BuiltBroker.start();
    const [alice, bob] = [await joined(broker.port, 'alice'), await joined(broker.port, 'bob')];
    await alice.enter('before');
    await bob.untilRow(/alice: before$/);

    await broker.killAtOnce();
    for (const chat of [alice, bob]) await chat.untilRow(/The broker is gone/);
    await alice.enter('meanwhile, one');
    await alice.enter('meanwhile, two');
    bob.type('half a li');
    await bob.untilLine(/^bob> half a li$/);
    await broker.start();

    for (const chat of [alice, bob]) await chat.untilRow(/The broker is back/);
    await bob.untilRow(/alice: meanwhile, two$/);
    await bob.untilLine(/^bob> half a li$/);
    bob.type('ne\r');
    await alice.untilRow(/bob: half a line$/);
    for (const text of ['before', 'meanwhile, one', 'meanwhile, two', 'half a line']) {
      expect([text, count(alice, text), count(bob, text)]).toEqual([text, 1, 1]);
    }
  });

  it("show what was said before one came, one's own included", async () => {
    const { port } = await BuiltBroker.start();
    const alice = await joined(port, 'alice');
    await alice.enter('I was here');
    alice.type('quit\r');
    expect(await alice.exit).toBe(0);

    const again = await joined(port, 'alice');
    await again.untilRow(/^\d\d:\d\d alice: I was here$/);
    const bob = await joined(port, 'bob');
    await bob.untilRow(/^\d\d:\d\d alice: I was here$/);
  });

  it('meet in another room when that is wanted', async () => {
    const { port } = await BuiltBroker.start();
    const garden = startChat(port, 'alice', '--room=garden');
    await garden.untilLine(/^alice>$/);
    await garden.enter('smells nice here');
    const reader = await connectPeer(port);
    await reader.ask({ action: 'subscribe', topic: 'garden' });

    expect(await reader.next()).toEqual({
      type: 'push',
      topic: 'garden',
      message: { user: 'alice', text: 'smells nice here', timestamp: expect.any(Number) },
    });
  });
});

describe('a chat is left', () => {
  it.each([
    ['with quit', 'quit\r'],
    ['with Ctrl+C', CTRL_C],
    ['with Ctrl+D', CTRL_D],
  ])('%s', async (_how, keys) => {
    const { port } = await BuiltBroker.start();
    const chat = await joined(port, 'alice');
    await chat.enter('bye');
    chat.type(keys);

    expect(await chat.exit).toBe(0);
    expect(chat.rows.join('\n')).not.toMatch(/Error|at .*\.cjs/);
  });

  it('with Ctrl+C also while a line is typed and the broker is away', async () => {
    const broker = await BuiltBroker.start();
    const chat = await joined(broker.port, 'alice');
    await broker.killAtOnce();
    await chat.untilRow(/The broker is gone/);
    chat.type('never se');
    await chat.untilLine(/never se$/);
    chat.type(CTRL_C);

    expect(await chat.exit).toBe(0);
  });
});

it('what others write cannot command the terminal', async () => {
  // A room whose messages the broker does not check, so that anything can be said there.
  const { port } = await BuiltBroker.start();
  const alice = await joined(port, 'alice', '--room=cellar');
  const before = alice.bytes.length;
  const mallory = await connectClient(port);
  const attack = '\x1b[2J\x1b]0;owned\x07\x9b2J\x07\rdone';
  await mallory.publish('cellar', { user: 'mallory\x1b[31m', text: attack });
  await mallory.publish('cellar', attack);
  await mallory.publish('cellar', { user: 'mallory', text: 'the end' });
  await alice.untilRow(/mallory: the end$/);

  // Nothing but what the chat itself and readline use to move the cursor.
  const written = alice.bytes.slice(before).replace(CURSOR_MOVEMENT, '');
  expect(written.replace(/\r\n/g, '')).not.toMatch(/\p{Cc}/u);
  expect(alice.rows.join('\n')).toContain('done');
});

describe('a chat with piped input', () => {
  it('sends all lines before it ends', async () => {
    const { port } = await BuiltBroker.start({ config: 'defaults: { maxMessages: 5000 }\n' });
    const lines = Array.from({ length: 3000 }, (_, n) => `line ${n}`);
    const chat = startApp('chat', port, '--user=alice', '--room=hall');
    chat.endInput(lines.join('\n'));
    expect(await chat.exit).toEqual({ code: 0, signal: null });
    expect(chat.stdout.text).not.toContain('line');

    const reader = await connectPeer(port);
    await reader.ask({ action: 'subscribe', topic: 'hall' });
    const said = await reader.take(lines.length);
    expect(said.map(({ message }) => (message as { text: string }).text)).toEqual(lines);
  });

  it('ends at quit although its input stays open', async () => {
    const { port } = await BuiltBroker.start();
    const chat = startApp('chat', port, '--user=alice', '--room=hall');
    chat.type('one\nquit\nnever sent\n');
    expect(await chat.exit).toEqual({ code: 0, signal: null });

    const reader = await connectPeer(port);
    await reader.ask({ action: 'publish', topic: 'hall', message: 'end' });
    await reader.ask({ action: 'subscribe', topic: 'hall' });
    expect((await reader.take(2)).map(({ message }) => message)).toMatchObject([{ text: 'one' }, 'end']);
  });

  it('keeps lines that come before the broker does', async () => {
    const broker = await BuiltBroker.prepare();
    const chat = startApp('chat', broker.port, '--user=alice');
    chat.endInput('early\n');
    await chat.stderr.until('No broker');
    await broker.start();
    expect(await chat.exit).toEqual({ code: 0, signal: null });

    const reader = await connectPeer(broker.port);
    await reader.ask({ action: 'subscribe', topic: 'chat_room' });
    expect(await reader.next()).toMatchObject({ message: { user: 'alice', text: 'early' } });
  });
});

it('npx nx serve chat --user=alice is a chat like any other', async () => {
  const { port } = await BuiltBroker.start();
  const alice = new PseudoTerminal('npx', ['nx', 'serve', 'chat', '--user=alice', `--port=${port}`]);
  const bob = await joined(port, 'bob');
  await alice.untilLine(/^alice>$/);
  alice.type('half a l');
  await alice.untilLine(/^alice> half a l$/);
  await bob.enter('Hello Alice!');
  await alice.untilRow(/^\d\d:\d\d bob: Hello Alice!$/);
  await alice.untilLine(/^alice> half a l$/);
  alice.type('ine\r');
  await bob.untilRow(/alice: half a line$/);
  alice.type(CTRL_C);

  expect(await alice.exit).toBe(0);
});
