module.exports = { preset: '../../jest.preset.cjs', passWithNoTests: true };
