import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../../..');

/** The programs in TypeScript of a page of `docs`, in its order. */
export function examplesOf(document: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, example]) => example);
}

/**
 * What the compiler has against the files, each by its path and as a text: they need not be on a disk, but their folders
 * must. `types`: packages whose globals they may use.
 */
export function compilerProblems(
  files: ReadonlyMap<string, string>,
  types: readonly string[] = [],
): string[] {
  const options = { ...workspaceOptions(types), noEmit: true };
  const host = ts.createCompilerHost(options);
  const fromDisk = { exists: host.fileExists.bind(host), read: host.readFile.bind(host) };
  host.fileExists = (path) => files.has(path) || fromDisk.exists(path);
  host.readFile = (path) => files.get(path) ?? fromDisk.read(path);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([path, text]) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${ts.flattenDiagnosticMessageText(messageText, '\n')}\n${text}`,
    );
  });
}

function workspaceOptions(types: readonly string[]): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const settings = { ...config.compilerOptions, types: ['node', ...types] };
  return ts.convertCompilerOptionsFromJson(settings, ROOT).options;
}
