import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { ADMIN_VERBS } from '@pochta/protocol/dto';
import { FakePeer } from '@pochta/testing';
import pino from 'pino';
import { BrokerApp } from '../broker-app';
import { BrokerConfig } from '../config/broker-config';

const DOCUMENT = readFileSync(join(__dirname, '../../../../docs/administration.md'), 'utf8');

/** What the document has one type, and what comes back. */
const EXAMPLES = [...DOCUMENT.matchAll(/^```\n(.*?)^```/gms)].flatMap(([, block]) => {
  const lines = block.trim().split('\n');
  return lines.flatMap((line, index) =>
    line.startsWith('{"action"') ? [{ sent: line, answer: lines[index + 1] }] : [],
  );
});

/** The line as the document has it, where `…` stands for anything. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

let app: BrokerApp;
let peer: FakePeer;

beforeAll(async () => {
  const config = Object.assign(new BrokerConfig(), { engine: 'memory', port: 0, httpPort: 'off' });
  app = await BrokerApp.start(config, pino({ level: 'silent' }));
  peer = await FakePeer.connect({ port: app.server.addresses[0].port });
  const { ackDeadline, maxDeliveries, backoffMin, backoffMax } = DEFAULT_TOPIC_POLICY;
  const billing = {
    topic: 'letters',
    name: 'billing',
    config: { ackDeadline, maxDeliveries, backoffMin, backoffMax },
    ...{ ackFloor: 1, inFlight: 0, waiting: 0, backlog: 1, lost: 0, deadLetters: 0, members: 0 },
  };
  // The document has a group and its dead letters, without telling how these came about.
  Object.assign(app.server.broker.store, {
    groups: () => [billing],
    resetGroup: () => Promise.resolve(billing),
    deleteGroup: () => Promise.resolve(),
    redrive: () => Promise.resolve({ moved: 0, stayed: 1 }),
  });
});

afterAll(async () => {
  await peer.close();
  await app.stop();
});

test.each(EXAMPLES)('$sent is answered as docs/administration.md says', async ({ sent, answer }) => {
  peer.sendBytes(`${sent}\n`);
  expect(await peer.nextLine()).toMatch(pattern(answer));
});

test.each(Object.values(ADMIN_VERBS))('docs/administration.md has an example of %s', (verb) => {
  expect(EXAMPLES.some(({ sent }) => sent.includes(`"topic":"${verb}"`))).toBe(true);
});
