import { DEAD_LETTER_TOKEN } from '@pochta/protocol';

/** A node has what it needs and no more: filters are the peers', and may be long. */
interface Node<T> {
  children?: Map<string, Node<T>>;
  /** Values whose filter ends here. */
  values?: Set<T>;
  /** Values whose filter ends in `>` here. */
  rest?: Set<T>;
}

/**
 * Values by topic filter, found by topic name in time that depends on the name's tokens and not on how many filters
 * there are. A wildcard does not stand for a leading token that begins with `$`, nor for a final token `dead`.
 */
export class FilterTrie<T> {
  readonly #root: Node<T> = {};

  add(filter: string, value: T): void {
    const { node, rest } = this.#nodeFor(filter);
    if (rest) (node.rest ??= new Set()).add(value);
    else (node.values ??= new Set()).add(value);
  }

  delete(filter: string, value: T): void {
    const path: [Node<T>, string][] = [];
    const tokens = filter.split('.');
    const rest = tokens.at(-1) === '>';
    if (rest) tokens.pop();
    let node = this.#root;
    for (const token of tokens) {
      const child = node.children?.get(token);
      if (child === undefined) return;
      path.push([node, token]);
      node = child;
    }
    (rest ? node.rest : node.values)?.delete(value);
    for (const [parent, token] of path.reverse()) {
      if (!isEmpty(parent.children!.get(token)!)) return;
      parent.children!.delete(token);
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
      const children: Map<string, Node<T>> = (node.children ??= new Map());
      let child = children.get(token);
      if (child === undefined) children.set(token, (child = {}));
      node = child;
    }
    return { node, rest: false };
  }

  #collect(node: Node<T>, tokens: readonly string[], depth: number, found: T[]): void {
    if (depth === tokens.length) {
      node.values?.forEach((value) => found.push(value));
      return;
    }
    if (!hidden(tokens, depth) && !hidden(tokens, tokens.length - 1)) {
      node.rest?.forEach((value) => found.push(value));
    }
    const exact = node.children?.get(tokens[depth]);
    if (exact !== undefined) this.#collect(exact, tokens, depth + 1, found);
    const any = hidden(tokens, depth) ? undefined : node.children?.get('*');
    if (any !== undefined) this.#collect(any, tokens, depth + 1, found);
  }
}

function isEmpty<T>({ children, values, rest }: Node<T>): boolean {
  return !children?.size && !values?.size && !rest?.size;
}

/** Whether only the token itself, and no wildcard, stands for the token at `index`. */
function hidden(tokens: readonly string[], index: number): boolean {
  const token = tokens[index];
  return index === 0 ? token.startsWith('$') : index === tokens.length - 1 && token === DEAD_LETTER_TOKEN;
}
