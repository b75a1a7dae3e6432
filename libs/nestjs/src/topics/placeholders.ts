import { errorFor } from '@pochta/protocol';
import { nearestName } from '../settings/nearest-name';

/** A placeholder in a topic's name: `${region}`. */
const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** The topic with other text for each placeholder. */
export function withoutPlaceholders(
  topic: string,
  textOf: (name: string, placeholder: string) => string,
): string {
  if (!topic.includes('${')) return topic;
  return topic.replace(PLACEHOLDER, (placeholder, name: string) => textOf(name, placeholder));
}

/** Fills in the placeholders of a topic's name. Throws `INVALID_CONFIG` for one that has no name. */
export function fillIn(topic: string, names: Readonly<Record<string, string>>): string {
  return withoutPlaceholders(topic, (name) => {
    if (Object.hasOwn(names, name)) return names[name];
    const nearest = nearestName(name, Object.keys(names));
    const hint = nearest === undefined ? '' : `; did you mean \${${nearest}}?`;
    throw errorFor(
      'INVALID_CONFIG',
      `The topic ${topic} has a placeholder that the connection's names do not know${hint}`,
      { field: `names.${name}` },
    );
  });
}

/** Fills in those that have a name, and leaves the others. */
export function fillInKnown(topic: string, names: Readonly<Record<string, string>>): string {
  return withoutPlaceholders(topic, (name, placeholder) =>
    Object.hasOwn(names, name) ? names[name] : placeholder,
  );
}
