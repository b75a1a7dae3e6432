// The timeout only ends a test that hangs: some run Nx, the compiler and Jest itself.
module.exports = { preset: '../../jest.preset.cjs', testTimeout: 240_000 };
