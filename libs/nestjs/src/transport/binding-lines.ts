import type { Bindings, EventBinding } from './bindings';

/** For the log: what each handler is bound to. */
export function bindingLines({ events, routed, requests }: Bindings): string[] {
  return [
    ...events.map((binding) => `${binding.place} gets {${sourceOf(binding)}}`),
    ...routed.map((binding) => `${binding.place} gets {${sourceOf(binding)}} of what the topics take in`),
    ...[...requests].map(([topic, { place }]) => `${place} answers {${topic}}`),
  ];
}

function sourceOf({ pattern, options: { broadcast, group } }: EventBinding): string {
  return `${pattern}, ${broadcast === true ? 'broadcast' : `group ${group}`}`;
}
