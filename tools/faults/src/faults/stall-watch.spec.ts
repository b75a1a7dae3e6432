import { StallWatch } from './stall-watch';

const PATIENCE = 20;
const LONGEST_BEAT = 1000;

let watch: StallWatch;
let progress: number;
let stalls: string[];
let quiets: number;

beforeEach(() => {
  jest.useFakeTimers();
  [progress, stalls, quiets] = [0, [], 0];
  const listener = { onQuiet: () => (quiets += 1), onStall: (why: string) => stalls.push(why) };
  watch = new StallWatch(() => progress, PATIENCE, listener, LONGEST_BEAT);
});

afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

function beats(count: number, ms: number): void {
  for (let i = 0; i < count; i++) {
    jest.advanceTimersByTime(ms);
    watch.beat();
  }
}

it('a machine on which everything takes long does not end a round, as long as it gets on', () => {
  for (let i = 0; i < 10; i++) {
    beats(PATIENCE - 1, LONGEST_BEAT - 1);
    progress++;
  }
  expect(stalls).toEqual([]);
});

it('a broker that works, and does not get on, does; before that who is paused goes on', () => {
  beats(PATIENCE, 1);
  expect(stalls).toEqual([]);
  expect(quiets).toBeGreaterThan(0);
  beats(1, 1);
  expect(stalls).toEqual([`nothing has got on while ${PATIENCE} publishes of the pulse were confirmed`]);
});

it('so does a broker that confirms nothing any more', () => {
  beats(1, 1);
  jest.advanceTimersByTime(LONGEST_BEAT);
  expect(stalls).toEqual([`the broker has confirmed nothing for ${LONGEST_BEAT} ms`]);
});
