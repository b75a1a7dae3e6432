import { DEAD_LETTER_TOKEN } from '@pochta/protocol';

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Values whose filter ends here. */
  readonly values: Set<T>;
  /** Values whose filter ends in `>` here. */
  readonly rest: Set<T>;
}

const newNode = <T>(): Node<T> => ({ children: new Map(), values: new Set(), rest: new Set() });

/**
 * Values by topic filter, found by topic name in time that depends on the name's tokens and not on how many filters
 * there are. A wildcard does not stand for a leading token that begins with `$`, nor for a final token `dead`.
 */
export class FilterTrie<T> {
  readonly #root = newNode<T>();

  add(filter: string, value: T): void {
    const { node, rest } = this.#nodeFor(filter);
    (rest ? node.rest : node.values).add(value);
  }

  delete(filter: string, value: T): void {
    const path: [Node<T>, string][] = [];
    const tokens = filter.split('.');
    const rest = tokens.at(-1) === '>';
    if (rest) tokens.pop();
    let node = this.#root;
    for (const token of tokens) {
      const child = node.children.get(token);
      if (child === undefined) return;
      path.push([node, token]);
      node = child;
    }
    (rest ? node.rest : node.values).delete(value);
    for (const [parent, token] of path.reverse()) {
      const child = parent.children.get(token)!;
      if (child.children.size + child.values.size + child.rest.size > 0) return;
      parent.children.delete(token);
    }
  }

  /** Values of all filters that match the topic; each once per filter. */
  match(topic: string): T[] {
    const found: T[] = [];
    this.#collect(this.#root, topic.split('.'), 0, found);
    return found;
  }

  #nodeFor(filter: string): { node: Node<T>; rest: boolean } {
    let node = this.#root;
    for (const token of filter.split('.')) {
      if (token === '>') return { node, rest: true };
      let child = node.children.get(token);
      if (child === undefined) node.children.set(token, (child = newNode()));
      node = child;
    }
    return { node, rest: false };
  }

  #collect(node: Node<T>, tokens: readonly string[], depth: number, found: T[]): void {
    if (depth === tokens.length) {
      found.push(...node.values);
      return;
    }
    if (node.rest.size > 0 && !hidden(tokens, depth) && !hidden(tokens, tokens.length - 1))
      found.push(...node.rest);
    const exact = node.children.get(tokens[depth]);
    if (exact !== undefined) this.#collect(exact, tokens, depth + 1, found);
    const any = hidden(tokens, depth) ? undefined : node.children.get('*');
    if (any !== undefined) this.#collect(any, tokens, depth + 1, found);
  }
}

/** Whether only the token itself, and no wildcard, stands for the token at `index`. */
function hidden(tokens: readonly string[], index: number): boolean {
  const token = tokens[index];
  return index === 0 ? token.startsWith('$') : index === tokens.length - 1 && token === DEAD_LETTER_TOKEN;
}
