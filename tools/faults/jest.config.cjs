// The timeout only ends a test that hangs: starting brokers takes seconds on a busy machine.
module.exports = { preset: '../../jest.preset.cjs', testTimeout: 300_000 };
