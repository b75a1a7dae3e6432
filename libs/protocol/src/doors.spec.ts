const load = (door: () => Promise<unknown>) =>
  jest.isolateModulesAsync(async () => {
    jest.doMock('class-validator', () => {
      throw new Error('class-validator is loaded');
    });
    await door();
  });

test('only the door of the DTOs loads class-validator, which takes longer than all the rest', async () => {
  await load(() => import('./index'));
  await expect(load(() => import('../dto'))).rejects.toThrow('class-validator is loaded');
});
