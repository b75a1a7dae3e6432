import type { ClientFrame } from '../frames';
import {
  AuthDto,
  CancelDto,
  GetDto,
  ListenDto,
  PingDto,
  ReplyDto,
  RequestFrameDto,
  RespondDto,
  SendDto,
  SubscribeDto,
  TransactionDto,
  UnrespondDto,
  UnsubscribeDto,
} from './control-frame-dtos';
import { PublishDto } from './publish-dto';
import { AckDto, NackDto, TerminateDto, TouchDto } from './settlement-dtos';

/** The actions that a frame on the wire may name; `peek` is a `get` without a topic. */
export type WireAction = Exclude<ClientFrame['action'], 'peek'>;

/** The DTO class of each action, for code that checks frames as objects. The decoder has its own checks. */
export const FRAME_DTOS = {
  publish: PublishDto,
  subscribe: SubscribeDto,
  unsubscribe: UnsubscribeDto,
  get: GetDto,
  ack: AckDto,
  nack: NackDto,
  terminate: TerminateDto,
  touch: TouchDto,
  transaction: TransactionDto,
  request: RequestFrameDto,
  respond: RespondDto,
  unrespond: UnrespondDto,
  reply: ReplyDto,
  cancel: CancelDto,
  auth: AuthDto,
  ping: PingDto,
  send: SendDto,
  listen: ListenDto,
} as const satisfies Record<WireAction, new () => object>;
