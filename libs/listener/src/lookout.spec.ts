import { Lookout } from './lookout';

describe('a lookout', () => {
  let time: number;
  let lookout: Lookout;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    time = 0;
    lookout = new Lookout(() => time);
  });

  /** Whether it looked out at all. */
  const lookInVain = async (): Promise<boolean> => {
    lookout.begin();
    const looked = lookout.looking;
    time += 1;
    await turn();
    expect(lookout.looking).toBe(false);
    return looked;
  };

  it('goes on for fifty microseconds, turn by turn, and then lets the event loop sleep', async () => {
    lookout.begin();
    time = 0.04;
    for (let n = 0; n < 10; n++) await turn();
    expect(lookout.looking).toBe(true);
    time = 0.06;
    await turn();
    expect(lookout.looking).toBe(false);
  });

  it('ends with what comes, and begins anew behind it', async () => {
    for (let n = 0; n < 10; n++) {
      lookout.begin();
      await turn();
      expect(lookout.looking).toBe(true);
      lookout.end();
      expect(lookout.looking).toBe(false);
      await turn();
      time += 1;
    }
  });

  it('is left out for more and more turns where it is in vain, up to 64, until something comes', async () => {
    let looked = 0;
    for (let n = 0; n < 127; n++) if (await lookInVain()) looked++;
    expect(looked).toBe(7);
    for (let n = 0; n < 650; n++) if (await lookInVain()) looked++;
    expect(looked).toBe(17);
    while (!lookout.looking) lookout.begin();
    lookout.end();
    expect(await lookInVain()).toBe(true);
    expect(await lookInVain()).toBe(false);
    expect(await lookInVain()).toBe(true);
  });
});
