import { withoutPlaceholders } from '../topics/placeholders';

/** What a channel's name in the document may have: more would have to be escaped in references. */
const NOT_IN_IDS = /[^\w.-]/g;
const NOT_IN_PARAMETERS = /[^\w-]/g;

/** A topic, or a topic filter, as a channel's address. */
export interface ChannelAddress {
  /** As Pochta has it. */
  readonly topic: string;
  readonly address: string;
  /** What stands for the filter's wildcards, and for the placeholders of the topic's name. */
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  /** Whether it is a filter. */
  readonly isFilter: boolean;
  /** For the document; another address may have the same. */
  readonly id: string;
}

/** `orders.*` becomes `orders.{token1}`, `${region}.orders` becomes `{region}.orders`, a final `>` becomes `{rest}`. */
export function channelAddress(topic: string): ChannelAddress {
  const parameters: Record<string, { description: string }> = {};
  let wildcards = 0;
  const named = withoutPlaceholders(topic, (name) => {
    const parameter = name.replace(NOT_IN_PARAMETERS, '_');
    parameters[parameter] = { description: `What the connection's names say for ${name}.` };
    return `{${parameter}}`;
  });
  const tokens = named.split('.').map((token) => {
    if (token === '*') {
      const parameter = `token${(wildcards += 1)}`;
      parameters[parameter] = { description: 'Any one token, that is text without dots.' };
      return `{${parameter}}`;
    }
    if (token !== '>') return token;
    parameters.rest = { description: 'One or more tokens, with dots between them.' };
    return '{rest}';
  });
  const address = tokens.join('.');
  const isFilter = wildcards > 0 || 'rest' in parameters;
  return { topic, address, parameters, isFilter, id: address.replace(/[{}]/g, '').replace(NOT_IN_IDS, '_') };
}
