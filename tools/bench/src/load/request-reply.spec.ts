import { cleanUp, startBroker } from '@pochta/testing';
import { payloadOf } from '../cases';
import { requestReply } from './request-reply';

afterEach(cleanUp);

const CASES = (['pochta: JSON lines', 'pochta: binary', 'pochta: binary JSON'] as const).flatMap((wire) =>
  [1, 64].map((inFlight) => ({ wire, inFlight })),
);

it.each(CASES)('has every request answered ($wire, $inFlight in flight)', async ({ wire, inFlight }) => {
  const { port } = await startBroker();
  const traffic = { topic: 'sums', payload: payloadOf(100), burst: inFlight, subscribers: 0, limit: 0 };
  const times = { warmUpMs: 20, measureMs: 100 };
  expect(await requestReply({ kind: 'request-reply', port, wire, traffic, ...times })).toBeGreaterThan(100);
});
