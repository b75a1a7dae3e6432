import { isTopicFilter } from './topic-name';

/** The last token of a dead-letter topic's name: `<topic>.dead`. */
export const DEAD_LETTER_TOKEN = 'dead';

/** Whether the name is that of a dead-letter topic, or reserved: a wildcard does not match it by accident. */
export function isHiddenTopic(name: string): boolean {
  return name.startsWith('$') || name.endsWith(`.${DEAD_LETTER_TOKEN}`);
}

/**
 * A topic filter, taken apart once. `*` stands for one token, a final `>` for one or more. The first token of a name
 * that begins with `$`, and the last one of a dead-letter topic's, are matched only by a filter that spells them out:
 * `orders.*` and `>` do not match `orders.dead`, `*.dead` does.
 */
export class TopicFilter {
  readonly #tokens: readonly string[];
  readonly #open: boolean;

  /** The text must be a valid filter: see `validateTopicFilter`. */
  constructor(readonly text: string) {
    const tokens = text.split('.');
    this.#open = tokens.at(-1) === '>';
    this.#tokens = this.#open ? tokens.slice(0, -1) : tokens;
  }

  /** Whether it can match more than one name. */
  get isPattern(): boolean {
    return isTopicFilter(this.text);
  }

  matches(name: string): boolean {
    if (name === this.text) return true;
    const tokens = name.split('.');
    const known = this.#tokens.length;
    if (this.#open ? tokens.length <= known : tokens.length !== known) return false;
    for (let i = 0; i < known; i++) {
      if (this.#tokens[i] !== '*' && this.#tokens[i] !== tokens[i]) return false;
    }
    if (!isHiddenTopic(name)) return true;
    if (name.startsWith('$') && this.#tokens[0] !== tokens[0]) return false;
    const last = tokens.length - 1;
    return last === 0 || tokens[last] !== DEAD_LETTER_TOKEN || this.#tokens[last] === DEAD_LETTER_TOKEN;
  }
}

/** Whether one filter matches one name. To match many names, keep a `TopicFilter`. */
export function matchesTopicFilter(filter: string, name: string): boolean {
  return new TopicFilter(filter).matches(name);
}
