import { errorFor, PochtaError } from '@pochta/protocol';
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataFile } from './data-file';
import { KIND, META, topicKey } from './data-keys';
import { isOutOfSpace } from './data-space';
import { decodeFirstState, encodeState } from './topic-values';

/** Version of the data file's format. */
export const DATA_VERSION = 3;

/** Folders that this process has open: LMDB's table of readers names processes only. */
const openFolders = new Set<string>();

/**
 * The data folder of one broker. That no other broker uses it is known from LMDB's lock file: each process that has
 * the data file open is in its table of readers and holds a lock of the kernel's there, which goes with the process
 * however that ends, and which another process that gets the same process id does not have. The owner's process id
 * is in the data file, read and written in a transaction, so that of two that start at once one is the first.
 */
export class DataFolder {
  readonly file: DataFile;
  readonly #path: string;

  private constructor(path: string, file: DataFile) {
    this.#path = path;
    this.file = file;
  }

  /** Throws `DATA_DIR_UNUSABLE`, `DATA_DIR_IN_USE`, `DATA_VERSION_UNSUPPORTED` or `STORAGE_FULL`. */
  static async open(folder: string): Promise<DataFolder> {
    const path = usableFolder(folder);
    if (openFolders.has(path)) throw inUse(path, process.pid);
    openFolders.add(path);
    let file: DataFile | undefined;
    try {
      checkRoom(path);
      file = new DataFile(path);
      claim(file, path);
      checkVersion(file, path);
      return new DataFolder(path, file);
    } catch (error) {
      await file?.close();
      openFolders.delete(path);
      throw error instanceof PochtaError ? error : unusable(path, error);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
    openFolders.delete(this.#path);
  }
}

/** The real path of a folder that can be read and written; makes it when it is not there. */
function usableFolder(folder: string): string {
  try {
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) mkdirSync(folder, { recursive: true });
    if (!statSync(folder).isDirectory()) throw new Error('not a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(folder);
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** LMDB maps its files into memory: making them where there is no room for them would end the process with SIGBUS. */
function checkRoom(path: string): void {
  const dataFile = join(path, 'data.mdb');
  if (existsSync(dataFile) || !isOutOfSpace(dataFile)) return;
  throw errorFor('STORAGE_FULL', `No space left in the data folder ${path}`);
}

function claim(file: DataFile, path: string): void {
  const users = new Set(file.users());
  const other = file.exclusively(() => {
    const owner = Number(file.get(META.owner)?.toString() ?? 0);
    if (owner !== process.pid && users.has(owner)) return owner;
    file.put(META.owner, Buffer.from(String(process.pid)));
    return undefined;
  });
  if (other !== undefined) throw inUse(path, other);
}

function checkVersion(file: DataFile, path: string): void {
  const written = file.get(META.version);
  if (written === undefined) {
    file.exclusively(() => file.put(META.version, Buffer.from(String(DATA_VERSION))));
    return;
  }
  const version = Number(written.toString());
  if (version <= DATA_VERSION) return upgrade(file, version);
  const text = `The data folder ${path} has format ${version}; this version knows formats up to ${DATA_VERSION}`;
  throw errorFor('DATA_VERSION_UNSUPPORTED', text);
}

/**
 * The first format knew fewer numbers of a topic, and the first two no attributes that all messages of a batch share.
 * Keys and batches are as they were.
 */
function upgrade(file: DataFile, version: number): void {
  if (version === DATA_VERSION) return;
  const states = version > 1 ? [] : file.keys(topicKey(KIND.state, 0), Buffer.of(KIND.state + 1));
  file.exclusively(() => {
    for (const key of states) file.put(key, encodeState(decodeFirstState(file.get(key)!)));
    file.put(META.version, Buffer.from(String(DATA_VERSION)));
  });
}

function inUse(path: string, pid: number): PochtaError {
  return errorFor('DATA_DIR_IN_USE', `The data folder ${path} is in use by process ${pid}`);
}

function unusable(path: string, cause: unknown): PochtaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return errorFor('DATA_DIR_UNUSABLE', `The data folder ${path} cannot be used: ${reason}`, { cause });
}
