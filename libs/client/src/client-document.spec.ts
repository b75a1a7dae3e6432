import { compilerProblems, examplesOf } from '@pochta/testing/documents';
import { join } from 'node:path';

const EXAMPLES = examplesOf('client.md');

/** What the examples take from the program around them. */
const AROUND = `
import { PochtaError, RawPayload, ResponderError, TerminateError, connect, type Client } from '@pochta/client';
interface Order { readonly id: number; readonly customer: string; readonly total: number }
interface Job { readonly size: number }
declare const client: Client;
declare const orders: Order[], ticks: number[], lines: AsyncIterable<string>, job: Job;
declare const book: { update(value: unknown): void };
declare const latest: Map<string | undefined, unknown>;
declare const log: Record<'debug' | 'info' | 'warn' | 'error', (what: unknown) => void>;
declare function report(error: unknown): void;
declare function later(job: Job): Promise<void>;
declare function load(): Promise<{ sequence: number; epoch: string }>;
declare function run(job: Job, deliveryCount: number, stillAtIt?: () => Promise<void>): Promise<void>;
declare function ready(job: Job): boolean;
declare function valid(job: Job): boolean;
declare const png: Uint8Array;
declare function store(bytes: Uint8Array): void;
declare function shrink(bytes: Uint8Array): Uint8Array;
declare function bill(order: Order): Promise<{ readonly total: number }>;
`;

/** The examples as files beside this one, which are on no disk: whole programs as they are, others in a function. */
const FILES = new Map(
  EXAMPLES.map((example, index) => {
    const text = example.includes('import ')
      ? example
      : `${AROUND}\nexport async function example() {\n${example}\n}\n`;
    return [join(__dirname, `document-example-${index}.ts`), text];
  }),
);

test('every example of docs/client.md compiles', () => {
  expect(EXAMPLES.length).toBeGreaterThan(15);
  expect(compilerProblems(FILES)).toEqual([]);
}, 60_000);
