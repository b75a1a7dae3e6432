// The timeout only ends a test that hangs: installing packages and starting processes takes seconds on a busy machine.
module.exports = { preset: '../../jest.preset.cjs', testTimeout: 240_000 };
