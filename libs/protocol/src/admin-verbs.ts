/**
 * Topics of the requests that administrate the broker, which answers them itself. Names that begin with `$` are
 * reserved: nobody else can respond to them.
 */
export const ADMIN_VERBS = {
  listTopics: '$pochta.topics.list',
  createTopic: '$pochta.topics.create',
  updateTopic: '$pochta.topics.update',
  deleteTopic: '$pochta.topics.delete',
  purgeTopic: '$pochta.topics.purge',
  topicInfo: '$pochta.topics.info',
  browseTopic: '$pochta.topics.browse',
  redriveTopic: '$pochta.topics.redrive',
  listGroups: '$pochta.groups.list',
  groupInfo: '$pochta.groups.info',
  resetGroup: '$pochta.groups.reset',
  deleteGroup: '$pochta.groups.delete',
  listConnections: '$pochta.connections.list',
  closeConnection: '$pochta.connections.close',
} as const;

export type AdminVerb = (typeof ADMIN_VERBS)[keyof typeof ADMIN_VERBS];
