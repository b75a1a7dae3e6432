import { connect, type Client } from '@pochta/client';
import { ADMIN_VERBS } from '@pochta/protocol';
import { eventually } from '@pochta/testing';
import { afterThisTest, builtApp, BuiltBroker, RunningProcess } from '@pochta/testing/processes';

const COUNT = 100;
const JOBS = Array.from({ length: COUNT }, (_, n) => n + 1);
const MAIN = builtApp('nestjs-e2e');

function startWorker({ port }: BuiltBroker): RunningProcess {
  return new RunningProcess(process.execPath, [MAIN], { env: { BROKER_PORT: `${port}` } });
}

/** The jobs that it said this of, in ascending order. */
function said({ stdout }: RunningProcess, what: RegExp): number[] {
  return [...stdout.text.matchAll(what)].map(([, job]) => Number(job)).sort((a, b) => a - b);
}

const begun = (worker: RunningProcess) => said(worker, /^begun (\d+)$/gm);
const done = (worker: RunningProcess) => said(worker, /^done (\d+)$/gm);

async function untilBegun(worker: RunningProcess, jobs: readonly number[]): Promise<void> {
  const count = jobs.length;
  await worker.stdout.untilTrue(`${count} jobs begun`, () => begun(worker).length >= count);
  expect(begun(worker)).toEqual(jobs);
}

/** A broker whose jobs are all in flight to one worker. */
async function startWork(): Promise<{ broker: BuiltBroker; client: Client; worker: RunningProcess }> {
  const broker = await BuiltBroker.start();
  const client = await connect({ port: broker.port });
  afterThisTest(() => client.close());
  const worker = startWorker(broker);
  await Promise.all(JOBS.map((job) => client.publish('jobs', job)));
  await untilBegun(worker, JOBS);
  return { broker, client, worker };
}

it('a service that is told to stop finishes what is in flight, and none of it comes again', async () => {
  const { broker, client, worker } = await startWork();
  worker.signal('SIGTERM');
  await worker.stdout.until('stopping');
  const next = startWorker(broker);
  await next.stdout.until('ready');
  worker.type('go on\n');
  expect(await worker.exit).toEqual({ code: 0, signal: null });
  expect(done(worker)).toEqual(JOBS);

  // What is to come again would do so before what is new.
  await client.publish('jobs', COUNT + 1);
  await untilBegun(next, [COUNT + 1]);
  next.type('go on\n');
  await next.stdout.until(`done ${COUNT + 1}`);
  await eventually(async () => {
    const group = { topic: 'jobs', group: 'workers' };
    return (await client.request<{ ackFloor: number }>(ADMIN_VERBS.groupInfo, group)).ackFloor > COUNT + 1;
  }, 'the group has acked all');
  expect(begun(next)).toEqual([COUNT + 1]);
});

it('what is in flight to a service that is killed comes again at another one, and none is lost', async () => {
  const { broker, worker } = await startWork();
  const other = startWorker(broker);
  await other.stdout.until('ready');
  await worker.kill();

  await untilBegun(other, JOBS);
  expect(done(worker)).toEqual([]);
  other.type('go on\n');
  await other.stdout.untilTrue('all jobs done', () => done(other).length === COUNT);
  expect(done(other)).toEqual(JOBS);
});
