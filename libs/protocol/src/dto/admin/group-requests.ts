import { isInteger, isObject } from '../../json-lines/field-checks';
import { IsName, IsTopicName, Optional, Satisfies } from '../field-decorators';
import { PageDto } from './admin-members';

/** A request that names one consumer group. */
abstract class OneGroupDto {
  @IsTopicName()
  topic!: string;

  @IsName()
  group!: string;
}

/** `$pochta.groups.list`: the consumer groups of a topic, in the order of their names. */
export class ListGroupsDto extends PageDto {
  @IsTopicName()
  topic!: string;

  /** The name behind which the page begins: `next` of the page before. Default: the first name. */
  @Optional()
  @IsName()
  after?: string;
}

/** `$pochta.groups.info`. */
export class GroupInfoDto extends OneGroupDto {}

/** Where a group may be set to: a sequence, or a time in ms since the epoch. */
export type GroupPosition =
  'earliest' | 'new' | 'last' | { readonly sequence: number } | { readonly time: number };

/** `$pochta.groups.reset`: the group begins again at a position. What is in flight is forgotten. */
export class ResetGroupDto extends OneGroupDto {
  @Satisfies(
    'isGroupPosition',
    'must be "earliest", "new", "last", {"sequence":n} or {"time":ms}, n and ms being integers from 0',
    isGroupPosition,
  )
  from!: GroupPosition;
}

/** `$pochta.groups.delete`. */
export class DeleteGroupDto extends OneGroupDto {}

function isGroupPosition(value: unknown): value is GroupPosition {
  if (value === 'earliest' || value === 'new' || value === 'last') return true;
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  if (entries.length !== 1) return false;
  const [[name, at]] = entries;
  return (name === 'sequence' || name === 'time') && isInteger(at, 0, Number.MAX_SAFE_INTEGER);
}
