import { createRequire } from 'node:module';
import { errorFor } from '@pochta/protocol';

const requirePackage = createRequire(__filename);

/** An optional package, loaded when it is first needed; `undefined` when it is not installed. */
export function optionalPackage<T>(name: string): T | undefined {
  try {
    return requirePackage(name) as T;
  } catch (error) {
    if (isMissing(error, name)) return undefined;
    throw error;
  }
}

/** As `optionalPackage`, for what cannot do without. Throws `INVALID_CONFIG`, which names the package and what needs it. */
export function neededPackage<T>(name: string, whatFor: string): T {
  const loaded = optionalPackage<T>(name);
  if (loaded !== undefined) return loaded;
  const installed = packageOf(name);
  throw errorFor('INVALID_CONFIG', `${whatFor} needs the package ${installed}: npm install ${installed}`);
}

/** The package that has a file. */
function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

/** Whether it is that package that was not found, not one that it needs. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
