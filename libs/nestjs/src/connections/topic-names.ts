import { errorFor } from '@pochta/protocol';
import { nearestName } from '../settings/nearest-name';

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** Fills in the placeholders of a topic's name. Throws `INVALID_CONFIG` for one that has no name. */
export function fillIn(topic: string, names: Readonly<Record<string, string>>): string {
  if (!topic.includes('${')) return topic;
  return topic.replace(PLACEHOLDER, (_, name: string) => {
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
