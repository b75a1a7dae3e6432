import { CASES, CONTENDERS, payloadOf } from './cases';

it('makes payloads of exactly the size that a case names, in JSON', () => {
  for (const benchCase of CASES) {
    if (benchCase.kind === 'growth' || benchCase.kind === 'resources') continue;
    const { payloadBytes } = benchCase;
    expect(Buffer.byteLength(payloadOf(payloadBytes))).toBe(payloadBytes);
    expect(JSON.parse(payloadOf(payloadBytes))).toMatchObject({ symbol: 'AAPL' });
  }
});

it('has one reference, and tells all contenders and cases apart by name', () => {
  expect(CONTENDERS.filter(({ reference }) => reference)).toHaveLength(1);
  for (const named of [CASES, CONTENDERS])
    expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
});
