import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { TopicContext } from './topic-context';

/** The context of one message's way through a topic's handler. */
export class AdmissionContext extends TopicContext {
  /** All guards have let the message pass. */
  admitted = false;
}

/**
 * The last of a method's guards, which lets everything pass: it only notes that it was reached. No interceptor, though
 * that needs no order: the first one of a handler costs ten times as much as all the rest of Nest's way to it.
 */
export class AdmissionMark implements CanActivate {
  canActivate(execution: ExecutionContext): true {
    const context = execution.switchToRpc().getContext<unknown>();
    if (context instanceof AdmissionContext) context.admitted = true;
    return true;
  }
}
