import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
const EXAMPLES = [...DOCUMENT.matchAll(/```ts\n(.*?)```/gs)].map(([, example]) => example);

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
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: true }, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const fromDisk = { exists: host.fileExists.bind(host), read: host.readFile.bind(host) };
  host.fileExists = (path) => FILES.has(path) || fromDisk.exists(path);
  host.readFile = (path) => FILES.get(path) ?? fromDisk.read(path);
  const program = ts.createProgram([...FILES.keys()], { ...options, noEmit: true }, host);
  const problems = [...FILES.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${ts.flattenDiagnosticMessageText(messageText, '\n')}\n${FILES.get(path)}`,
    );
  });
  expect(EXAMPLES.length).toBeGreaterThan(15);
  expect(problems).toEqual([]);
}, 60_000);
