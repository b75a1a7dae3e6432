/** Names of which no two are alike: a second `orders` becomes `orders-2`. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#taken.has(name); n += 1) name = `${wanted}-${n}`;
    this.#taken.add(name);
    return name;
  }
}
