import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../failure';

export interface DocumentOptions {
  readonly title?: string;
  readonly apiVersion?: string;
  readonly description?: string;
  readonly group?: string;
}

/** What matters here of the document. */
interface Document {
  readonly channels: object;
  readonly operations: object;
}

/** What is asked of the project's own `@pochta/nestjs`: another copy would not know the project's decorators. */
interface PochtaForNest {
  previewAsyncApiDocument?(module: unknown, options: object): Promise<Document>;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

/** The document of the module that `file#class` names. Throws a `CommandError` that says what is missing. */
export async function documentOf(target: string, options: DocumentOptions): Promise<Document> {
  const [, path, name] = /^(.*?)(?:#([^#]*))?$/s.exec(target)!;
  const file = checkedFile(path);
  const module = moduleAmong(await load(file), file, name);
  const { previewAsyncApiDocument: preview } = pochtaOf(file);
  if (preview === undefined) {
    throw new CommandError(
      'UNSUITABLE_PACKAGE',
      `the @pochta/nestjs of ${file} is too old to describe an app`,
    );
  }
  const { apiVersion, ...described } = options;
  const { name: title = 'Nest app', version = '0.0.0' } = manifestOf(file);
  const document = { title, version: apiVersion ?? version, ...described };
  try {
    return await preview(module, document);
  } catch (error) {
    const { code = 'MODULE_UNUSABLE', message } = error as NodeJS.ErrnoException;
    throw new CommandError(code, `${file}: ${message}`, { cause: error });
  }
}

function checkedFile(path: string): string {
  const file = resolve(path);
  if (!existsSync(file))
    throw new CommandError('FILE_MISSING', `there is no file ${file}; is the app built?`);
  if (!/\.[cm]?tsx?$/.test(file)) return file;
  throw new CommandError('NOT_COMPILED', `${file} is TypeScript; name the file that is compiled from it`);
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { default: whole, ...named } = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    // Of a CommonJS file, the default is all that it exports.
    return { ...(typeof whole === 'object' && whole), default: whole, ...named };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CommandError('MODULE_UNUSABLE', `${file} cannot be loaded: ${text}`, { cause: error });
  }
}

function moduleAmong(exported: Readonly<Record<string, unknown>>, file: string, name?: string): unknown {
  const classes = Object.keys(exported).filter((key) => typeof exported[key] === 'function');
  const wanted = name ?? (classes.includes('AppModule') || classes.length !== 1 ? 'AppModule' : classes[0]);
  if (classes.includes(wanted)) return exported[wanted];
  const there = classes.length === 0 ? 'no class' : classes.join(', ');
  throw new CommandError(
    'CLASS_MISSING',
    `${file} exports ${there}, and not ${wanted}; name one as file#class`,
  );
}

/** From the file on, as Node.js would for its own imports. */
function pochtaOf(file: string): PochtaForNest {
  const requireThere = createRequire(file);
  try {
    return requireThere('@pochta/nestjs') as PochtaForNest;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'MODULE_NOT_FOUND' ? /'([^']+)'/.exec(message)?.[1] : undefined;
    if (missing === undefined) throw error;
    const text = `${missing} is not installed in the project of ${file}: npm install ${missing}`;
    throw new CommandError('PACKAGE_MISSING', text, { cause: error });
  }
}

function manifestOf(file: string): Manifest {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    // A folder may have one that says no more than the type of its files.
    const read = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Manifest) : {};
    if (read.name !== undefined || dirname(folder) === folder) return read;
  }
}
