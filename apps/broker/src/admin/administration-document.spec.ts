import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADMIN_VERBS } from '@pochta/protocol/dto';
import { FakePeer } from '@pochta/testing';
import pino from 'pino';
import { BrokerApp } from '../broker-app';
import { BrokerConfig } from '../config/broker-config';

const DOCUMENT = readFileSync(join(__dirname, '../../../../docs/administration.md'), 'utf8');

/** What the document has one type, and what comes back. */
const EXAMPLES = [...DOCUMENT.matchAll(/^```\n(.*?)^```/gms)].flatMap(([, block]) => {
  const lines = block.trim().split('\n');
  const isSent = (line: string): boolean => line.startsWith('{"action"');
  return lines.flatMap((sent, index) => {
    if (!isSent(sent)) return [];
    const rest = lines.slice(index + 1);
    const next = rest.findIndex(isSent);
    return [{ sent, told: next === -1 ? rest : rest.slice(0, next) }];
  });
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
});

afterAll(async () => {
  await peer.close();
  await app.stop();
});

test.each(EXAMPLES)('$sent is answered as docs/administration.md says', async ({ sent, told }) => {
  peer.sendBytes(`${sent}\n`);
  for (const line of told) expect(await peer.nextLine()).toMatch(pattern(line));
  expect(peer.untaken).toEqual([]);
});

test.each(Object.values(ADMIN_VERBS))('docs/administration.md has an example of %s', (verb) => {
  expect(EXAMPLES.some(({ sent }) => sent.includes(`"topic":"${verb}"`))).toBe(true);
});
