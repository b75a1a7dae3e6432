import { isMapping } from './setting.decorators';

/** Settings as they were written, unchecked, and where each was: the file, a variable or a flag. */
export class SettingTree {
  readonly values: Record<string, unknown>;
  readonly #origins = new Map<string, string>();

  /** @param file what the file holds, if there is one. */
  constructor(
    file: Record<string, unknown> = {},
    private readonly fileName?: string,
  ) {
    this.values = structuredClone(file);
  }

  /** Puts a value in place of any that was there before. */
  set(path: string, value: unknown, origin: string): void {
    const keys = path.split('.');
    let level = this.values;
    for (const key of keys.slice(0, -1)) {
      const below = level[key];
      // A file that has something else there is told so; the environment must not hide that.
      if (below !== undefined && !isMapping(below)) return;
      level = level[key] = below ?? {};
    }
    level[keys.at(-1)!] = value;
    this.#origins.set(path, origin);
  }

  /** Where the setting was written. */
  originOf(path: string): string | undefined {
    return this.#origins.get(path) ?? this.fileName;
  }
}
