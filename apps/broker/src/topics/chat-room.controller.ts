import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Topic } from '@pochta/nestjs/broker';
import { ChatMessage } from './chat-message.dto';

@Controller()
export class ChatRoom {
  /** Refuses what is not a line of the chat; what is one is stored as it came. */
  @Topic('chat_room', { maxMessages: 1000, overflow: 'drop-oldest' })
  onPublish(@Payload() _message: ChatMessage): void {}
}
